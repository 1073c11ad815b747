// @ts-check
/** Templates of the page filled with values: texts as texts, never as HTML. */

/**
 * A copy of `<template id>`, filled. `data-champ` names the value that is an element's text (or its
 * children, for a list of nodes); `data-adresse` the value that a link leads to. An element without
 * a value goes away with the paragraph that it alone fills.
 * @param {string} id
 * @param {Record<string, string | Node[] | null | undefined>} values
 * @returns {HTMLElement}
 */
export function fill(id, values) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const copy = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  for (const link of copy.querySelectorAll("[data-adresse]")) {
    setAddress(link, values[link.getAttribute("data-adresse") ?? ""]);
  }
  for (const element of copy.querySelectorAll("[data-champ]")) {
    setContent(element, values[element.getAttribute("data-champ") ?? ""]);
  }
  return copy;
}

/**
 * @param {Element} element
 * @param {string | Node[] | null | undefined} value
 */
function setContent(element, value) {
  if (!value?.length) (element.closest("p") ?? element).remove();
  else if (Array.isArray(value)) element.replaceChildren(...value);
  else element.textContent = value;
}

/**
 * @param {Element} link
 * @param {any} address a path of ours or an http(s) address; anything else is no link
 */
function setAddress(link, address) {
  if (/^(\/(?!\/)|https?:\/\/)/.test(address ?? "")) link.setAttribute("href", address);
}
