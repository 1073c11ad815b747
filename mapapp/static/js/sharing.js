// @ts-check
/** The link of the present view: copied, or shown where copying is refused. */

import { say } from "./message.js";
import { keepState } from "./state.js";
import { viewOf } from "./view.js";

/** @param {any} map */
export function offerLink(map) {
  const part = /** @type {HTMLElement} */ (document.querySelector(".partage"));
  part.hidden = false;
  part.querySelector("button")?.addEventListener("click", async () => {
    keepState({ view: viewOf(map) });
    try {
      await navigator.clipboard.writeText(location.href);
      say("Le lien de cette vue est copié.");
    } catch {
      showLink(part);
    }
  });
}

/** @param {HTMLElement} part */
function showLink(part) {
  const label = /** @type {HTMLElement} */ (part.querySelector("label"));
  const field = /** @type {HTMLInputElement} */ (label.querySelector("input"));
  label.hidden = false;
  field.value = location.href;
  field.focus();
  field.select();
  say("Le lien est affiché sous la carte : copiez-le.");
}
