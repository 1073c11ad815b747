// @ts-check
/** Places proposed while one types: an ARIA combobox over a plain text field. */

import { ask } from "./api.js";

/** Milliseconds without a key before asking: a quick typist asks once a word. */
const PAUSE = 120;

const SHORTEST = 2;

/**
 * @typedef {{ label: string, detail: string, kind: string, code: string, place: string }} Hit
 */

/**
 * @param {HTMLInputElement} field
 */
function propose(field) {
  const list = document.createElement("ul");
  const said = document.createElement("p");
  /** @type {Hit[]} */
  let hits = [];
  let active = -1;
  /** @type {AbortController | null} */
  let asked = null;
  let timer = 0;

  list.id = `${field.id}-propositions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Lieux proposés");
  list.hidden = true;
  said.className = "invisible";
  said.setAttribute("role", "status");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.after(list, said);
  close();

  function close() {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  /** @param {number} rank */
  function activate(rank) {
    active = rank;
    [...list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === rank));
      if (at === rank) option.scrollIntoView({ block: "nearest" });
    });
    if (rank < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[rank].id);
  }

  /** @param {number} rank */
  function choose(rank) {
    field.value = hits[rank].place;
    close();
    field.form?.requestSubmit();
  }

  function show() {
    list.replaceChildren(...hits.map(option));
    const some = hits.length > 0;
    list.hidden = !some;
    active = -1;
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", String(some));
    said.textContent = some ? `${hits.length} ${hits.length > 1 ? "lieux proposés" : "lieu proposé"}` : "Aucun lieu proposé";
  }

  /**
   * @param {Hit} hit
   * @param {number} rank
   */
  function option(hit, rank) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const detail = document.createElement("span");
    name.textContent = hit.label;
    detail.textContent = hit.kind === "qpv" ? `${hit.detail} (${hit.code})` : hit.detail;
    detail.className = "doux petit";
    item.id = `${list.id}-${rank}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(name, " ", detail);
    // The field keeps the focus: a pointer that goes down elsewhere would take it away.
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(rank));
    return item;
  }

  async function search() {
    asked?.abort();
    asked = new AbortController();
    const text = field.value.trim();
    if (text.length < SHORTEST) return close();
    const query = new URLSearchParams({ q: text, genre: "commune,qpv" });
    try {
      const answer = await ask(`/api/v1/search?${query}`, asked.signal);
      hits = answer.items;
      if (document.activeElement === field) show();
    } catch {
      close(); // the field still works as any other
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden || !hits.length) {
      if (event.key === "ArrowDown" && field.value) search();
      return;
    }
    const last = hits.length - 1;
    if (event.key === "ArrowDown") activate(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") activate(active <= 0 ? last : active - 1);
    else if (event.key === "Enter" && active >= 0) choose(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  field.form?.addEventListener("submit", () => {
    clearTimeout(timer);
    asked?.abort();
  });
}

const field = document.getElementById("ou");
if (field instanceof HTMLInputElement) propose(field);
