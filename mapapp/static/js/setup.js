// @ts-check
/** Leaflet as our visitors need it: French words, and no movement for those who asked for none. */

/** @type {any} */
export const L = /** @type {any} */ (window).L;

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
L.Map.mergeOptions({ zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still });
if (still) {
  const { panBy } = L.Map.prototype;
  L.Map.mergeOptions({ inertia: false });
  L.Map.include({
    /**
     * @param {any} offset
     * @param {any} options
     */
    panBy(offset, options) {
      return panBy.call(this, offset, { ...options, animate: false });
    },
  });
}
L.Control.Attribution.mergeOptions({ prefix: "Leaflet" });
L.Control.Scale.mergeOptions({ imperial: false });

const ZOOM = { position: "topleft", zoomInTitle: "Zoom avant", zoomOutTitle: "Zoom arrière" };

/**
 * Names what Leaflet leaves in English or without a name.
 * @param {any} map
 */
function speakFrench(map) {
  L.control.zoom(ZOOM).addTo(map);
  map.attributionControl.addAttribution("Contours : ANCT, IGN, INSEE");
  const box = map.getContainer();
  box.setAttribute("role", "group");
  box.setAttribute(
    "aria-label",
    "Carte interactive : les flèches déplacent, plus et moins changent d’échelle",
  );
  map.on("layeradd", () => {
    const toggle = box.querySelector(".leaflet-control-layers-toggle");
    toggle?.setAttribute("title", "Couches de la carte");
    toggle?.setAttribute("aria-label", "Couches de la carte");
  });
}

L.Map.addInitHook(function () {
  speakFrench(this);
});
