// @ts-check
/** Questions to our own API, and the filters that the page's address holds. */

const FILTERS = ["q", "theme", "qpv", "commune", "departement", "region", "epci", "source", "etat", "generation", "lat", "lon", "rayon"];

/**
 * The filters of the page's address, without its page number and frame.
 * @returns {URLSearchParams}
 */
export function filters() {
  const asked = new URLSearchParams(location.search);
  return new URLSearchParams([...asked].filter(([name, value]) => FILTERS.includes(name) && value));
}

/**
 * The frame (west, south, east, north in degrees) that the page's address asks for.
 * @returns {number[] | null}
 */
export function frame() {
  const degrees = (new URLSearchParams(location.search).get("bbox") ?? "").split(",").map(Number);
  return degrees.length === 4 && degrees.every(Number.isFinite) ? degrees : null;
}

/** The server answers, but not with what was asked for. */
export class Refused extends Error {
  /**
   * @param {string} url
   * @param {number} status
   */
  constructor(url, status) {
    super(`${url}: ${status}`);
    this.status = status;
  }
}

/**
 * A JSON answer; an error when the server does not give one.
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    response.body?.cancel();
    throw new Refused(url, response.status);
  }
  return response.json();
}
