// @ts-check
/** The circle searched (filters lat, lon, rayon), drawn on the map for the eye only. */

import { L } from "./setup.js";

/** @type {any} */
let drawn = null;

/** @param {any} map */
export function drawCircle(map) {
  drawn?.remove();
  drawn = null;
  const told = document.querySelector(".carte")?.getAttribute("data-cercle");
  if (!told) return;
  const [lat, lon, radius] = told.split(",").map(Number);
  drawn = L.layerGroup([
    L.circle([lat, lon], { radius, className: "cercle-cherche", interactive: false }),
    L.circleMarker([lat, lon], { radius: 4, className: "centre-cherche", interactive: false }),
  ]).addTo(map);
}
