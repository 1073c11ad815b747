// @ts-check
/** The map's view and the address: each follows the other. */

import { keepState, readState, viewText } from "./state.js";

/** Some browsers refuse more than a hundred changes of the address in thirty seconds. */
const GATHER_MS = 300;

/** The view that the address tells already, in so many words or as the one it opens with. */
let told = "";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @param {any} map
 * @returns {import("./state.js").View}
 */
export function viewOf(map) {
  const { lat, lng } = map.getCenter();
  return { lat, lon: lng, zoom: map.getZoom() };
}

/**
 * Shows the view of the address, else the frame that the server gives for its filters.
 * @param {any} map
 */
export function showView(map) {
  dropMoves();
  const { view } = readState();
  if (!view) map.fitBounds(firstFrame(), { animate: false });
  else if (viewText(view) !== viewText(viewOf(map))) {
    map.setView([view.lat, view.lon], view.zoom, { animate: false });
  }
  told = viewText(viewOf(map));
  dropMoves(); // this one is not the visitor's
}

/** @returns {number[][]} south-west and north-east, as Leaflet wants them */
function firstFrame() {
  const frame = document.querySelector(".carte")?.getAttribute("data-cadre") ?? "";
  const [west, south, east, north] = frame.split(",").map(Number);
  return [[south, west], [north, east]];
}

/**
 * Tells the present view in the address, unless it does already.
 * @param {any} map
 */
export function keepView(map) {
  dropMoves();
  const view = viewOf(map);
  if (viewText(view) === told) return;
  told = viewText(view);
  keepState({ view });
}

/** Moves not told yet are those of an entry that has been left. */
export function dropMoves() {
  clearTimeout(timer);
  timer = undefined;
}

/**
 * The address follows the map's moves; a map without a view of its own fills its new size.
 * @param {any} map
 */
export function followMoves(map) {
  map.on("moveend", () => {
    dropMoves();
    if (viewText(viewOf(map)) !== told) timer = setTimeout(() => keepView(map), GATHER_MS);
  });
  map.on("resize", () => timer || readState().view || showView(map));
}
