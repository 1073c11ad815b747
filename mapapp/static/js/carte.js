// @ts-check
/**
 * The map's page: every state is an address. The visitor's wishes change the address (`go`,
 * `openRecord`, the moves of the map); the page, its form and the map follow the address (`follow`).
 */

import { filters } from "./api.js";
import { drawCircle } from "./circle.js";
import { say } from "./message.js";
import { closeRecord, openRecord, showRecord } from "./records.js";
import { refresh } from "./refreshing.js";
import { offerLink } from "./sharing.js";
import { enterState, isAnchor, keepState, readState } from "./state.js";
import { dropMoves, followMoves, keepView, showView } from "./view.js";

/** @type {any} */
const map = /** @type {any} */ (window).carte_ess;

const NEWEST = "2024";

/** @returns {any[]} our layers, on the map or not */
function layers() {
  const shown = /** @type {any} */ (window);
  return Object.keys(shown).filter((name) => name.startsWith("couche_")).map((name) => shown[name]);
}

/** @returns {number} the generation that the address asks for */
const generation = () => Number(filters().get("generation") ?? NEWEST);

/**
 * The page and the map become what the address says.
 * @param {boolean} [typing] see `refresh`
 */
async function follow(typing = false) {
  dropMoves();
  if (!(await refresh(typing))) return;
  enhanceList();
  const { view, record } = readState();
  showLayers();
  drawCircle(map);
  showView(map);
  if (record) showRecord(map, record, { arrive: !view });
  else closeRecord(map);
}

/** The contours of the generation asked for, and the layers that have not been put away. */
function showLayers() {
  const { masked } = readState();
  for (const layer of layers()) {
    const asked = layer.options?.generation;
    const shown = asked ? asked === generation() : !masked.includes(layer.name);
    if (shown !== map.hasLayer(layer)) shown ? map.addLayer(layer) : map.removeLayer(layer);
    else if (shown) layer.reload?.();
  }
}

/**
 * Goes to other filters: one more entry in the history.
 * @param {string} search « ?… » or empty
 * @param {{ typing?: boolean, stay?: boolean }} [way] stay: the view does not change
 */
function go(search, { typing = false, stay = true } = {}) {
  keepView(map);
  say("");
  const { view, masked } = readState();
  enterState(search, { view: stay ? view : null, record: null, masked });
  return follow(typing);
}

/**
 * @param {Iterable<[string, any]>} asked names and values, defaults included
 * @returns {string}
 */
function searchOf(asked) {
  const told = [...asked].filter(([name, value]) => value && !(name === "generation" && value === NEWEST));
  return told.length > 0 ? `?${new URLSearchParams(told)}` : "";
}

function enhanceForm() {
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".filtres"));
  const send = () => go(searchOf(new FormData(form)), { typing: true });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.type !== "search") send();
  });
}

/** The page's links to other filters of the map act in place; only those to a page of the list stay. */
function enhanceLinks() {
  document.querySelector("main")?.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (
      /** @type {Element} */ (event.target).closest("a[href]")
    );
    const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.hash || link.origin + link.pathname !== location.origin + location.pathname) return;
    event.preventDefault();
    go(link.search, { stay: ["prev", "next"].includes(link.rel) });
  });
}

/** The layer control chooses the generation as the form does; what it hides is told in the address. */
function enhanceControl() {
  map.on("baselayerchange", (/** @type {any} */ { layer }) => {
    const chosen = layer.options.generation;
    if (chosen === generation()) return;
    const asked = new URLSearchParams(location.search);
    asked.delete("page");
    asked.set("generation", String(chosen));
    go(searchOf(asked));
  });
  map.on("overlayadd overlayremove", () => {
    const away = layers().filter((layer) => layer.name && !map.hasLayer(layer));
    keepState({ masked: away.map((layer) => layer.name) });
  });
}

/** Gives each located initiative of the list a way to its place on the map. */
function enhanceList() {
  for (const card of document.querySelectorAll("#liste [data-slug]:not(:has(.lien-carte))")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lien-carte";
    button.textContent = "Voir sur la carte";
    button.setAttribute("aria-label", `Voir sur la carte : ${card.querySelector("a")?.textContent}`);
    button.addEventListener("click", () => showOnMap(card.getAttribute("data-slug") ?? ""));
    card.lastElementChild?.append(button);
  }
}

/** @param {string} slug */
function showOnMap(slug) {
  map.getContainer().scrollIntoView({ block: "nearest" });
  openRecord(map, { kind: "fiche", id: slug }, { arrive: true });
}

document.querySelector(".carte")?.classList.add("carte-vive");
enhanceForm();
enhanceLinks();
enhanceControl();
offerLink(map);
follow();
followMoves(map);
map.on("click dragstart zoomstart", () => say("")); // what was said has been read
addEventListener("popstate", () => isAnchor() || follow());
