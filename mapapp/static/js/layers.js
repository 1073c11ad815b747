// @ts-check
/**
 * The layers that the map's shell declares (`L.mapapp.*`), filled by our API as the map moves: one
 * question at a time, a newer one supersedes it, and what is already drawn stays.
 */

import { ask, filters, frame } from "./api.js";
import { cluster, initiative } from "./markers.js";
import { openGroup } from "./popups.js";
import { openRecord } from "./records.js";
import { L } from "./setup.js";

/** Long enough to gather the events of one gesture, too short to be felt. */
const GATHER_MS = 40;

/** Beyond this zoom a cluster can hardly be split: its members are listed. */
const SPLIT_ZOOM = 17;

/** How much of the map around the view is asked for, so that small moves show no void. */
const MARGIN = 0.15;

const ApiLayer = L.FeatureGroup.extend({
  /** @param {Record<string, any>} options */
  initialize(options) {
    L.FeatureGroup.prototype.initialize.call(this, []);
    L.setOptions(this, options);
    this._drawn = new Map();
  },

  /** @param {any} map */
  onAdd(map) {
    L.FeatureGroup.prototype.onAdd.call(this, map);
    map.on("moveend", this.reload, this);
    this.reload();
  },

  /** @param {any} map */
  onRemove(map) {
    map.off("moveend", this.reload, this);
    clearTimeout(this._timer);
    this._abort?.abort();
    L.FeatureGroup.prototype.onRemove.call(this, map);
  },

  /** Asks again for what the view holds; an answer on its way is about a view that is gone. */
  reload() {
    this._abort?.abort();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._load(), GATHER_MS);
  },

  async _load() {
    const map = this._map;
    this._abort?.abort();
    this._abort = new AbortController();
    try {
      const { features } = await ask(this.address(map), this._abort.signal);
      this._draw(features, level(map));
      map.getContainer().classList.remove("carte-muette");
      map.fire("drawn", { name: this.name });
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") {
        map.getContainer().classList.add("carte-muette");
      }
    }
  },

  /**
   * Adds what is new and removes what is gone, so that the rest keeps its focus and its popup. The
   * focus of what goes is the map's: the keyboard goes on moving it.
   * @param {any[]} features
   * @param {number} zoom
   */
  _draw(features, zoom) {
    const wanted = new Map(features.map((feature) => [this.keyOf(feature, zoom), feature]));
    const container = this._map.getContainer();
    const focused = container.contains(document.activeElement);
    for (const [key, layer] of this._drawn) {
      if (!wanted.has(key)) {
        this.removeLayer(layer);
        this._drawn.delete(key);
      }
    }
    for (const [key, feature] of wanted) {
      if (!this._drawn.has(key)) {
        const layer = this.layerOf(feature);
        this._drawn.set(key, layer);
        this.addLayer(layer);
      }
    }
    if (focused && !container.contains(document.activeElement)) container.focus({ preventScroll: true });
  },
});

/**
 * The view with a margin, within the Earth and within the frame of the page's address.
 * @param {any} map
 * @returns {string}
 */
function viewed(map) {
  const bounds = map.getBounds().pad(MARGIN);
  const [west, south, east, north] = frame() ?? [-180, -90, 180, 90];
  const box = [
    Math.max(bounds.getWest(), west),
    Math.max(bounds.getSouth(), south, -90),
    Math.min(bounds.getEast(), east),
    Math.min(bounds.getNorth(), north, 90),
  ];
  if (box[0] > box[2]) box[2] = box[0];
  if (box[1] > box[3]) box[3] = box[1];
  return box.map((degrees) => degrees.toFixed(4)).join(",");
}

/**
 * The whole zoom level that the API is asked for.
 * @param {any} map
 * @returns {number}
 */
function level(map) {
  return Math.max(0, Math.round(map.getZoom()));
}

const Initiatives = ApiLayer.extend({
  name: "initiatives",

  /** @param {any} map */
  address(map) {
    const asked = filters();
    asked.set("bbox", viewed(map));
    asked.set("zoom", String(level(map)));
    return `/api/v1/clusters?${asked}`;
  },

  /** @param {any} feature */
  keyOf({ geometry, properties }) {
    return properties.cluster ? `${properties.count}@${geometry.coordinates}` : properties.slug;
  },

  /** @param {any} feature */
  layerOf(feature) {
    return feature.properties.cluster ? this._cluster(feature) : this._initiative(feature);
  },

  /** @param {any} feature */
  _initiative(feature) {
    const layer = initiative(feature);
    const { slug } = feature.properties;
    layer.marker.on("click", () => openRecord(this._map, { kind: "fiche", id: slug }));
    return layer;
  },

  /** @param {any} feature */
  _cluster(feature) {
    const marker = cluster(feature);
    const [west, south, east, north] = feature.properties.bbox;
    const apart = west !== east || south !== north;
    marker.on("click", () => {
      const map = this._map;
      if (apart && map.getZoom() < SPLIT_ZOOM) {
        map.fitBounds([[south, west], [north, east]], { padding: [60, 60] });
        map.getContainer().focus({ preventScroll: true });
      } else {
        openGroup(map, marker, feature.properties.bbox);
      }
    });
    return marker;
  },
});

const Qpvs = ApiLayer.extend({
  /** @param {any} map */
  address(map) {
    const asked = new URLSearchParams({
      generation: this.options.generation,
      zoom: String(level(map)),
      bbox: viewed(map),
    });
    return `/api/v1/qpv?${asked}`;
  },

  /**
   * A contour is drawn anew at each zoom, to the pixel.
   * @param {any} feature
   * @param {number} zoom
   */
  keyOf({ properties }, zoom) {
    return `${properties.code}@${zoom}`;
  },

  /** @param {any} feature */
  layerOf(feature) {
    const isPoint = feature.geometry.type === "Point";
    const className = `qpv qpv-${this.options.generation} ${isPoint ? "qpv-point" : "qpv-contour"}`;
    const layer = L.geoJSON(feature, {
      style: { className },
      pointToLayer: (/** @type {any} */ _, /** @type {any} */ at) => L.circleMarker(at, { radius: 2 }),
    });
    layer.on("click", (/** @type {any} */ event) =>
      openRecord(this._map, { kind: "qpv", id: feature.properties.code }, { at: event.latlng }),
    );
    return layer;
  },
});

const Outlines = L.FeatureGroup.extend({
  name: "departements",

  /** @param {any} map */
  onAdd(map) {
    L.FeatureGroup.prototype.onAdd.call(this, map);
    if (this.getLayers().length === 0) this._load(map);
  },

  /** @param {any} map */
  async _load(map) {
    const url = document.querySelector(".carte")?.getAttribute("data-contours") ?? "";
    const pane = map.getPane("fond") ?? map.createPane("fond");
    pane.classList.add("fond");
    const style = { className: "contour-departement" };
    this.addLayer(L.geoJSON(await ask(url), { style, interactive: false, pane: "fond" }));
  },
});

L.mapapp = { Initiatives, Outlines, Qpvs };
