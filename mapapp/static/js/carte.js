// @ts-check
/**
 * The map's page: filters without a reload, moves to a territory, and a list that speaks to the
 * map. The list is always the one that the server renders, so page and map say the same.
 */

import { filters, frame } from "./api.js";

/** @type {any} */
const map = /** @type {any} */ (window).carte_ess;

/** The zoom at which a commune fills the map. */
const COMMUNE_ZOOM = 13;

const REFRESHED = ["liste", "themes", "raccourcis"];

/** @returns {any[]} our layers, on the map or not */
function layers() {
  const shown = /** @type {any} */ (window);
  return Object.keys(shown).filter((name) => name.startsWith("couche_")).map((name) => shown[name]);
}

/** @returns {any} the layer of the initiatives */
const initiatives = () => layers().find((layer) => layer.show);

/** Moves to the frame of the page's address, if it has one. */
function moveToFrame() {
  const box = frame();
  if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { animate: false });
}

/** Shows the contours of the generation asked for. */
function showGeneration() {
  const asked = Number(filters().get("generation") ?? 2024);
  for (const layer of layers().filter((layer) => layer.options?.generation)) {
    if (layer.options.generation === asked) map.addLayer(layer);
    else map.removeLayer(layer);
  }
}

/**
 * Shows the page of another address in place: its list, and the same filters on the map.
 * @param {string} address
 */
async function show(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) return location.assign(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of REFRESHED) {
    const fresh = page.getElementById(id);
    const shown = document.getElementById(id);
    if (fresh && shown) shown.replaceWith(document.adoptNode(fresh));
  }
  enhanceList();
  map.closePopup();
  showGeneration();
  layers().filter((layer) => layer.reload && map.hasLayer(layer)).forEach((layer) => layer.reload());
}

/** @param {HTMLFormElement} form */
function addressOf(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "generation" && value === "2024")) asked.append(name, String(value));
  }
  return asked.size ? `/?${asked}` : "/";
}

/** @param {string} address */
async function go(address) {
  history.pushState(null, "", address);
  await show(address);
}

function enhanceForm() {
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".filtres"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(addressOf(form));
  });
  form.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.type !== "search") go(addressOf(form));
  });
  addEventListener("popstate", () => location.reload());
}

/** The moves act on the map; without this script they are links that frame the list. */
function enhanceMoves() {
  document.querySelector(".duo-carte")?.addEventListener("click", (event) => {
    const move = /** @type {Element} */ (event.target).closest("a[data-bbox]");
    if (!move) return;
    event.preventDefault();
    const [west, south, east, north] = (move.getAttribute("data-bbox") ?? "").split(",").map(Number);
    map.fitBounds([[south, west], [north, east]]);
  });
}

/** Gives each located initiative of the list a way to its place on the map. */
function enhanceList() {
  for (const card of document.querySelectorAll("#liste [data-lon]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lien-carte";
    button.textContent = "Voir sur la carte";
    button.setAttribute("aria-label", `Voir sur la carte : ${card.querySelector("a")?.textContent}`);
    button.addEventListener("click", () => showOnMap(/** @type {HTMLElement} */ (card)));
    card.lastElementChild?.append(button);
  }
}

/** @param {HTMLElement} card */
function showOnMap(card) {
  const { slug, lon, lat } = card.dataset;
  map.getContainer().scrollIntoView({ block: "nearest" });
  initiatives().show(slug, [Number(lon), Number(lat)], COMMUNE_ZOOM);
}

document.querySelector(".carte")?.classList.add("carte-vive");
moveToFrame();
showGeneration();
enhanceForm();
enhanceMoves();
enhanceList();
