// @ts-check
/** Popups: filled from our API with text only, reached and left by the keyboard. */

import { ask, filters } from "./api.js";
import { fill } from "./fill.js";
import { AREAS, sprite } from "./markers.js";
import { L } from "./setup.js";

/** As many resources as fit without hiding the map. */
const RESOURCES = 3;

/** Where the popup's tip stands, in pixels from its point: above a pin, or in the midst of an area. */
const [ABOVE_PIN, IN_AREA] = [[0, -30], [0, -10]];

/**
 * @param {any} map
 * @param {number[]} at latitude and longitude, in degrees
 * @param {any} it properties of an initiative, as the API gives them
 * @returns {any} the open popup
 */
export function initiativePopup(map, at, it) {
  const marker = `.marqueur[data-slug="${CSS.escape(it.slug)}"]`;
  const offset = AREAS.has(it.precision) ? IN_AREA : ABOVE_PIN;
  return open(map, at, initiativeContent(it), () => document.querySelector(marker), offset);
}

/** @param {any} it properties of an initiative, as the API gives them */
function initiativeContent(it) {
  const content = fill("modele-popup-initiative", {
    name: it.name,
    commune: it.commune,
    themes: it.themes.map((/** @type {any} */ t) => themeTag(t)),
    status: it.status === "inconnu" ? null : it.status_sentence,
    precision: it.precision_sentence,
    verdict_2024: it.verdicts["2024"]?.sentence,
    verdict_2015: it.verdicts["2015"]?.sentence,
    notice: it.verdicts["2024"]?.notice,
    resources: it.resources.slice(0, RESOURCES).map((/** @type {any} */ r) => resource(r)),
    url: it.url,
  });
  for (const line of content.querySelectorAll("[data-verdict]")) showStatus(line, it.verdicts);
  const scale = content.querySelector("[data-icone=precision]");
  scale?.setAttribute("href", `${sprite()}#${AREAS.has(it.precision) ? "area" : "pin"}`);
  return content;
}

/** @param {any} theme */
function themeTag(theme) {
  const tag = fill("modele-theme", { label: theme.label, url: theme.url });
  tag.querySelector("a")?.classList.add(`theme-${theme.slug}`);
  return tag;
}

/** @param {any} found a resource with its reason */
function resource(found) {
  return fill("modele-ressource", {
    title: found.title,
    url: found.url,
    reason: found.reason,
    document: LINKS[/** @type {keyof typeof LINKS} */ (found.link_kind)],
    link: found.link,
  });
}

const LINKS = {
  exact: "Accéder au document",
  related: "Page officielle liée",
  publisher_home: "Site de l’éditeur",
  none: null,
};

/**
 * @param {Element} line
 * @param {Record<string, any>} verdicts
 */
function showStatus(line, verdicts) {
  const verdict = verdicts[line.getAttribute("data-verdict") ?? ""];
  if (!verdict) return line.remove();
  line.classList.add(`verdict-${verdict.status}`);
  line.querySelector("use")?.setAttribute("href", `${sprite()}#statut-${verdict.status}`);
}

/**
 * Several initiatives at one place: their list.
 * @param {any} map
 * @param {any} marker
 * @param {number[]} box
 */
export async function openGroup(map, marker, box) {
  const asked = filters();
  const margin = 1e-5;
  const [west, south, east, north] = box;
  asked.set("bbox", [west - margin, south - margin, east + margin, north + margin].join(","));
  const { count, features } = await ask(`/api/v1/initiatives?${asked}`);
  const content = fill("modele-popup-groupe", {
    name: `${count} initiatives au même endroit`,
    liens: features.map((/** @type {any} */ f) => initiativeLink(f.properties)),
    url: `/initiatives?${asked}`,
  });
  open(map, marker.getLatLng(), content, () => marker.getElement());
}

/** @param {any} it */
function initiativeLink(it) {
  return fill("modele-lien", { name: it.name, url: it.url, detail: it.sentence ?? it.commune });
}

/**
 * @param {any} map
 * @param {any} at where the visitor clicked, or a point inside
 * @param {any} it a QPV, as the API gives it
 * @returns {any} the open popup
 */
export function qpvPopup(map, at, it) {
  const content = fill("modele-popup-qpv", {
    name: it.name,
    code: it.code,
    communes: it.communes.map((/** @type {any} */ c) => c.name).join(", "),
    generation: String(it.generation),
    population: population(it),
    initiatives: summary(it),
    themes: themeCounts(it.themes),
    liens: it.initiatives.slice(0, RESOURCES).map((/** @type {any} */ i) => initiativeLink(i)),
    url: it.url,
  });
  return open(map, at, content, () => null);
}

/** @param {any} it a QPV */
function population(it) {
  if (it.population === null) return "Population non connue ici";
  return `${it.population.toLocaleString("fr-FR")} habitants`;
}

/** @param {any} it a QPV */
function summary(it) {
  const inside = it.initiatives_inside;
  const maybe = it.initiatives.length - inside;
  const first = inside === 0 ? "Aucune initiative connue dans ce quartier" : plural(inside, "initiative connue", "initiatives connues");
  return maybe > 0 ? `${first} ; ${plural(maybe, "autre, peut-être ou tout près", "autres, peut-être ou tout près")}` : first;
}

/** @param {Record<string, number>} counts initiatives by theme slug */
function themeCounts(counts) {
  return Object.entries(counts)
    .map(([slug, count]) => `${themeLabel(slug)} (${count})`)
    .join(", ");
}

/** @param {string} slug */
function themeLabel(slug) {
  const field = document.querySelector(`input[name=theme][value="${CSS.escape(slug)}"]`);
  return field?.getAttribute("data-libelle") ?? slug;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Opens a popup, moves the focus into it, and gives it back when it closes.
 * @param {any} map
 * @param {any} at
 * @param {HTMLElement} content
 * @param {() => HTMLElement | null} source the button that the focus comes back to, if it is drawn
 * @param {number[]} [offset]
 * @returns {any}
 */
function open(map, at, content, source, offset = IN_AREA) {
  const { x, y } = map.getSize();
  const popup = L.popup({
    maxWidth: Math.min(340, x - 70),
    maxHeight: y - 60,
    autoPanPadding: [8, 8],
    offset,
  });
  popup.setLatLng(at).setContent(content);
  popup.openOn(map);
  const box = popup.getElement();
  popup.once("remove", () => {
    box.removeAttribute("role"); // it fades away: the next dialog is the only one
    giveBack(box, source(), map);
  });
  takeFocus(box, content, map);
  return popup;
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} content
 * @param {any} map
 */
function takeFocus(box, content, map) {
  const title = /** @type {HTMLElement} */ (content.querySelector(".popup-titre"));
  title.id = "titre-popup";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "titre-popup");
  box.tabIndex = -1;
  const close = box.querySelector(".leaflet-popup-close-button");
  close?.setAttribute("aria-label", "Fermer");
  close?.setAttribute("title", "Fermer");
  box.addEventListener("keydown", (event) => event.key === "Escape" && map.closePopup());
  box.focus({ preventScroll: true });
}

/**
 * Gives the focus back when the popup had it; a visitor who went elsewhere keeps it.
 * @param {HTMLElement} box the popup that closes
 * @param {HTMLElement | null} source
 * @param {any} map
 */
function giveBack(box, source, map) {
  const { activeElement, body } = document;
  if (activeElement !== body && !box.contains(activeElement)) return;
  (source ?? map.getContainer()).focus({ preventScroll: true });
}
