// @ts-check
/**
 * What the fragment of the page's address holds: the view, the open record, the layers put away.
 * It never reaches the server, which knows the filters only (docs/decisions/0017).
 */

/** @typedef {{ lat: number, lon: number, zoom: number }} View degrees, and Leaflet's zoom */
/** @typedef {{ kind: "fiche" | "qpv", id: string }} RecordKey an initiative's slug or a QPV's code */
/** @typedef {{ view: View | null, record: RecordKey | null, masked: string[] }} State */

const VIEW = /^(-?\d{1,2}(?:\.\d{1,9})?),(-?\d{1,3}(?:\.\d{1,9})?),(\d{1,2}(?:\.\d{1,2})?)$/;

/** A map may be dragged round the Earth once, as the filter `bbox` allows too. */
const LIMITS = { lat: 90, lon: 540, zoom: 19 };

const RECORDS = { fiche: /^[a-z0-9]+(-[a-z0-9]+)*$/, qpv: /^Q[NP][0-9A-Z]{6}$/ };

/** The layers that can be put away. */
const LAYERS = ["departements", "initiatives"];

/**
 * The state that an address tells; what has no meaning is left out.
 * @param {string} [hash]
 * @returns {State}
 */
export function readState(hash = location.hash) {
  const told = new URLSearchParams(hash.slice(1));
  const masked = (told.get("masque") ?? "").split(",");
  return {
    view: readView(told.get("vue") ?? ""),
    record: readRecord("fiche", told) ?? readRecord("qpv", told),
    masked: LAYERS.filter((name) => masked.includes(name)),
  };
}

/**
 * @param {string} text
 * @returns {View | null}
 */
function readView(text) {
  const [lat, lon, zoom] = (VIEW.exec(text) ?? []).slice(1).map(Number);
  const sound = Math.abs(lat) <= LIMITS.lat && Math.abs(lon) <= LIMITS.lon && zoom <= LIMITS.zoom;
  return sound ? { lat, lon, zoom } : null;
}

/**
 * @param {"fiche" | "qpv"} kind
 * @param {URLSearchParams} told
 * @returns {RecordKey | null}
 */
function readRecord(kind, told) {
  const id = told.get(kind) ?? "";
  return RECORDS[kind].test(id) ? { kind, id } : null;
}

/**
 * A view as the address tells it, to less than a pixel.
 * @param {View} view
 * @returns {string}
 */
export function viewText({ lat, lon, zoom }) {
  const decimals = Math.max(2, Math.ceil(Math.log10((256 * 2 ** zoom) / 360)));
  const degrees = [lat, lon].map((each) => Number(each.toFixed(decimals)));
  return [...degrees, Number(zoom.toFixed(2))].join(",");
}

/**
 * @param {State} state
 * @returns {string} a fragment, empty when there is nothing to tell
 */
export function hashOf({ view, record, masked }) {
  const told = [
    view && `vue=${viewText(view)}`,
    record && `${record.kind}=${encodeURIComponent(record.id)}`,
    masked.length > 0 && `masque=${masked.join(",")}`,
  ].filter(Boolean);
  return told.length > 0 ? `#${told.join("&")}` : "";
}

/**
 * @param {RecordKey | null} one
 * @param {RecordKey | null} other
 */
export function same(one, other) {
  return one?.kind === other?.kind && one?.id === other?.id;
}

/** Whether the fragment names a part of the page (« #contenu »), not a state of the map. */
export function isAnchor() {
  return location.hash.length > 1 && !location.hash.includes("=");
}

/**
 * Changes the present entry of the history.
 * @param {Partial<State>} change
 */
export function keepState(change) {
  history.replaceState(null, "", addressOf(location.search, { ...readState(), ...change }));
}

/**
 * Adds an entry to the history, unless it is the present one.
 * @param {string} search the filters, « ?… » or empty
 * @param {State} state
 */
export function enterState(search, state) {
  const address = addressOf(search, state);
  if (address !== location.pathname + location.search + location.hash) {
    history.pushState(null, "", address);
  }
}

/**
 * @param {string} search
 * @param {State} state
 */
function addressOf(search, state) {
  return location.pathname + search + hashOf(state);
}
