// @ts-check
/**
 * A file looked at without leaving the page: it stays chosen, so that the result can be downloaded
 * without choosing it again. Without this script the form works all the same.
 */

const form = /** @type {HTMLFormElement} */ (document.getElementById("fichier"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("champ-fichier"));
const state = /** @type {HTMLElement} */ (document.getElementById("fichier-etat"));

/** @param {string} sentence empty to say nothing any more */
function say(sentence) {
  state.textContent = sentence;
}

/** @returns {string} why the chosen file would be refused, or nothing */
function fault() {
  const largest = Number(field.dataset.largest);
  const size = field.files?.[0]?.size ?? 0;
  if (size <= largest) return "";
  const megabytes = (size / 1e6).toLocaleString("fr", { maximumFractionDigits: 1 });
  return `Ce fichier pèse ${megabytes} Mo, plus que ce site ne prend : découpez-le, ou employez « mapapp join ».`;
}

/**
 * Shows the answer of the server in place of the former one, and takes the reader there.
 * @param {HTMLElement} submitter
 */
async function preview(submitter) {
  const body = new FormData(form);
  body.set("voir", "1");
  say("Calcul en cours…");
  submitter.setAttribute("aria-disabled", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    show(page, response.ok);
  } catch {
    say("Le serveur ne répond pas. Réessayez.");
  } finally {
    submitter.removeAttribute("aria-disabled");
  }
}

/**
 * @param {Document} page
 * @param {boolean} ok
 */
function show(page, ok) {
  const answer = page.getElementById("reponse");
  if (!ok || !answer) {
    say(page.querySelector("main .chapeau")?.textContent?.trim() || "Le fichier n’a pas pu être lu.");
    return;
  }
  document.getElementById("reponse")?.replaceWith(document.adoptNode(answer));
  say("Aperçu prêt, plus haut dans la page.");
  document.getElementById("titre-reponse")?.focus();
}

field.addEventListener("change", () => say(fault()));
form.addEventListener("submit", (event) => {
  const submitter = event.submitter;
  if (fault()) {
    event.preventDefault();
    say(fault());
  } else if (submitter instanceof HTMLButtonElement && submitter.name === "voir") {
    event.preventDefault();
    preview(submitter);
  } else {
    say("Calcul en cours : le téléchargement commencera quand il sera fini.");
  }
});
