// @ts-check
/** What stands on the map for initiatives: real buttons, each with its name, and areas of doubt. */

import { L } from "./setup.js";

const SVG = "http://www.w3.org/2000/svg";

/** Precisions whose place is an area, not a point. */
export const AREAS = new Set(["quartier", "commune"]);

/** A Leaflet icon that is a real button, so that it has a name and takes the focus. */
const ButtonIcon = L.Icon.extend({
  /** @returns {HTMLButtonElement} */
  createIcon() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = this.options.className;
    button.setAttribute("aria-label", this.options.label);
    button.title = this.options.label;
    if (this.options.slug) button.dataset.slug = this.options.slug;
    button.append(this.options.content);
    this._setIconStyles(button, "icon");
    return button;
  },
  /** @returns {null} */
  createShadow() {
    return null;
  },
});

/**
 * @param {string} name symbol of the sprite
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite()}#${name}`);
  svg.append(use);
  return svg;
}

/** @returns {string} address of the icons */
export function sprite() {
  return document.querySelector(".carte")?.getAttribute("data-sprite") ?? "";
}

/**
 * @param {number[]} lonLat
 * @returns {number[]} as Leaflet wants them
 */
const latLon = ([lon, lat]) => [lat, lon];

/**
 * One initiative: a pin where the place is known, else a button in the middle of the area.
 * @param {any} feature
 * @returns {any} a Leaflet layer; its `marker` is the button
 */
export function initiative(feature) {
  const { slug, name, commune, themes, precision, radius_m } = feature.properties;
  const at = latLon(feature.geometry.coordinates);
  const theme = themes.length > 0 ? `theme-${themes[0]}` : "document";
  const isArea = AREAS.has(precision);
  const marker = L.marker(at, {
    riseOnHover: true,
    icon: new ButtonIcon({
      className: `marqueur ${isArea ? "marqueur-aire" : "marqueur-pin"} ${theme}`,
      iconSize: [36, 36],
      iconAnchor: [18, isArea ? 18 : 36],
      label: commune ? `${name}, ${commune}` : name,
      slug,
      content: icon(theme),
    }),
  });
  const area = L.circle(at, { radius: radius_m, className: `aire ${theme}`, interactive: false });
  const layer = L.layerGroup(isArea ? [area, marker] : [marker]);
  layer.marker = marker;
  return layer;
}

/**
 * Several initiatives too close to be told apart at this zoom.
 * @param {any} feature
 * @returns {any} a Leaflet marker
 */
export function cluster(feature) {
  const { count } = feature.properties;
  const [size, name] = count < 10 ? [40, ""] : count < 100 ? [48, "grappe-moyenne"] : [58, "grappe-grande"];
  return L.marker(latLon(feature.geometry.coordinates), {
    icon: new ButtonIcon({
      className: `grappe ${name}`,
      iconSize: [size, size],
      iconAnchor: [size / 2, size / 2],
      label: `${count} initiatives regroupées : voir de plus près`,
      content: document.createTextNode(String(count)),
    }),
  });
}
