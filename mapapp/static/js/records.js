// @ts-check
/** The open record and the address: a popup is opened by either, and the other follows. */

import { ask, Refused } from "./api.js";
import { say } from "./message.js";
import { initiativePopup, qpvPopup } from "./popups.js";
import { enterState, keepState, readState, same } from "./state.js";
import { keepView, viewOf } from "./view.js";

/** @typedef {import("./state.js").RecordKey} RecordKey */

/** Where a visitor was when asking: `at` is the place clicked; `arrive`: the map goes to the record. */
/** @typedef {{ at?: any, arrive?: boolean }} Way */

/** The zoom at which a commune fills the map. */
const COMMUNE_ZOOM = 13;

/** Markers that take longer than this are not waited for. */
const PATIENCE_MS = 3000;

const UNKNOWN = {
  fiche: "Cette adresse nomme une initiative qui n’existe pas ou plus ici : cherchez-la par son nom.",
  qpv: "Cette adresse nomme un QPV qui n’existe pas ici : cherchez-le sur la page des QPV.",
};
const PLACELESS = {
  fiche: "Le lieu de cette initiative n’est pas établi : elle est dans la liste, pas sur la carte.",
  qpv: "Les contours de ce QPV ne sont pas disponibles : il n’est pas sur la carte.",
};
const SILENT = "La fiche n’a pas pu être chargée : réessayez.";

/**
 * The record that is open or on its way; another one supersedes it.
 * @type {AbortController | null}
 */
let current = null;

/**
 * Opens a record as the visitor asks: one more entry in the history.
 * @param {any} map
 * @param {RecordKey} record
 * @param {Way} [way]
 */
export function openRecord(map, record, way = {}) {
  keepView(map);
  const state = readState();
  if (!same(state.record, record)) {
    enterState(location.search, { ...state, view: viewOf(map), record });
  }
  return showRecord(map, record, way);
}

/**
 * Opens the record that the address names.
 * @param {any} map
 * @param {RecordKey} record
 * @param {Way} [way]
 */
export async function showRecord(map, record, way = {}) {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  say("");
  try {
    const popup = await OPENERS[record.kind](map, record.id, way, mine.signal);
    // Later: a click elsewhere closes this popup before it opens the next record.
    popup.once("remove", () => setTimeout(() => current === mine && forget()));
  } catch (error) {
    if (!mine.signal.aborted) complain(map, record, error);
  }
}

/**
 * Closes what is open or on its way, because the address says so.
 * @param {any} map
 */
export function closeRecord(map) {
  current?.abort();
  current = null;
  map.closePopup();
}

/** The address names no record any more. */
function forget() {
  current = null;
  keepState({ record: null });
}

/** A record that has no place on the map. */
class Placeless extends Error {}

const OPENERS = { fiche: openInitiative, qpv: openQpv };

/**
 * @param {any} map
 * @param {string} slug
 * @param {Way} way
 * @param {AbortSignal} signal
 */
async function openInitiative(map, slug, { arrive }, signal) {
  const { geometry, properties } = await ask(`/api/v1/initiatives/${slug}`, signal);
  if (!geometry) throw new Placeless();
  const [lon, lat] = geometry.coordinates;
  if (arrive) {
    map.setView([lat, lon], COMMUNE_ZOOM, { animate: false });
    if (!readState().masked.includes("initiatives")) await drawn(map); // the focus will come back to its marker
    signal.throwIfAborted();
  }
  return initiativePopup(map, [lat, lon], properties);
}

/**
 * @param {any} map
 * @returns {Promise<void>} kept when the initiatives of the view are drawn, or are too long to come
 */
function drawn(map) {
  return new Promise((resolve) => {
    const seen = (/** @type {{ name: string }} */ { name }) => name === "initiatives" && end();
    const end = () => {
      map.off("drawn", seen);
      resolve();
    };
    map.on("drawn", seen);
    setTimeout(end, PATIENCE_MS);
  });
}

/**
 * @param {any} map
 * @param {string} code
 * @param {Way} way
 * @param {AbortSignal} signal
 */
async function openQpv(map, code, { at, arrive }, signal) {
  const it = await ask(`/api/v1/qpv/${code}`, signal);
  if (!it.point) throw new Placeless();
  const [[west, south, east, north], [lon, lat]] = [it.bbox, it.point];
  if (arrive) map.fitBounds([[south, west], [north, east]], { animate: false });
  return qpvPopup(map, at ?? [lat, lon], it);
}

/**
 * Says why a record is not shown, in the place of any other.
 * @param {any} map
 * @param {RecordKey} record
 * @param {unknown} error
 */
function complain(map, record, error) {
  map.closePopup();
  const unknown = error instanceof Refused && [404, 410].includes(error.status);
  if (unknown || error instanceof Placeless) {
    forget();
    say((unknown ? UNKNOWN : PLACELESS)[record.kind]);
  } else say(SILENT);
}
