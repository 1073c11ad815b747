// @ts-check
/**
 * The page follows its address without a reload: list, form and frame are always the ones that the
 * server renders, so page and map say the same. The last address asked for wins.
 */

import { Refused } from "./api.js";
import { say } from "./message.js";

/** The filters that the page shows, or will when their answer comes. */
let wanted = location.search;

/** @type {AbortController | null} */
let pending = null;

/**
 * Brings the page to the filters of its address.
 * @param {boolean} typing the visitor's own change of the form, whose fields are right already
 * @returns {Promise<boolean>} false when a newer address has superseded this one
 */
export async function refresh(typing) {
  if (location.search === wanted && !pending) return true;
  wanted = location.search;
  pending?.abort();
  const mine = new AbortController();
  pending = mine;
  try {
    const page = await fetchPage(mine.signal);
    if (mine.signal.aborted) return false;
    pending = null;
    replace(page, typing);
    return true;
  } catch (error) {
    if (!mine.signal.aborted) fail(error);
    return false;
  }
}

/**
 * A refusal is shown as the page that says why; without an answer, what is shown stays.
 * @param {unknown} error
 */
function fail(error) {
  [wanted, pending] = ["?", null];
  if (error instanceof Refused) location.reload();
  else say("La liste n’a pas pu suivre : le serveur ne répond pas. Réessayez.");
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Document>}
 */
async function fetchPage(signal) {
  const address = location.pathname + location.search;
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
  if (!response.ok) throw new Refused(address, response.status);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/**
 * @param {Document} page
 * @param {boolean} typing
 */
function replace(page, typing) {
  replaceMap(page);
  replaceMoves(page);
  replaceForm(page, typing);
  replaceList(page);
}

/** @param {Document} page */
function replaceMap(page) {
  for (const name of ["data-cadre", "data-cercle"]) {
    const value = page.querySelector(".carte")?.getAttribute(name) ?? "";
    document.querySelector(".carte")?.setAttribute(name, value);
  }
}

/**
 * The moves keep the filters; their links stay, with the focus that one may have.
 * @param {Document} page
 */
function replaceMoves(page) {
  const fresh = page.querySelectorAll(".raccourcis a");
  document.querySelectorAll(".raccourcis a").forEach((link, rank) => {
    link.setAttribute("href", fresh[rank]?.getAttribute("href") ?? "/");
  });
}

/**
 * @param {Document} page
 * @param {boolean} typing
 */
function replaceForm(page, typing) {
  const [form, fresh] = [document, page].map(
    (each) => /** @type {HTMLFormElement} */ (each.querySelector(".filtres")),
  );
  form.querySelectorAll("input[type=hidden]").forEach((field) => field.remove());
  form.prepend(...fresh.querySelectorAll("input[type=hidden]"));
  const summary = form.querySelector("summary");
  if (summary) summary.textContent = fresh.querySelector("summary")?.textContent ?? "";
  if (!typing) replaceFields(form, fresh);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh
 */
function replaceFields(form, fresh) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (fresh.querySelectorAll("input"));
  for (const { type, name, value, checked } of fields) {
    const shown = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(`input[name="${name}"]`));
    if (type === "search") shown[0].value = value;
    else if (type !== "hidden") [...shown].filter((one) => one.value === value).forEach((one) => (one.checked = checked));
  }
}

/**
 * The title stays, for it is read aloud when its count changes; it takes the focus of what goes.
 * @param {Document} page
 */
function replaceList(page) {
  const list = document.getElementById("liste");
  const [title, fresh] = [document, page].map((each) => each.getElementById("titre-liste"));
  if (!list || !title || !fresh) return;
  const focused = list.contains(document.activeElement);
  while (title.nextSibling) title.nextSibling.remove();
  if (title.textContent !== fresh.textContent) title.textContent = fresh.textContent;
  while (fresh.nextSibling) list.append(fresh.nextSibling);
  if (!focused) return;
  title.tabIndex = -1;
  title.focus();
}
