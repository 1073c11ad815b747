// @ts-check
/** The builder follows its form without a reload, and copies its code. Without this it works the same. */

const form = /** @type {HTMLFormElement} */ (document.getElementById("construire"));
const message = /** @type {HTMLElement} */ (document.getElementById("message"));

/** @type {AbortController | null} */
let pending = null;

/** What the form says, without its empty fields, as its address. */
function address() {
  const fields = [...new FormData(form)].filter(([, value]) => value !== "");
  return `${form.action}?${new URLSearchParams(/** @type {[string, string][]} */ (fields))}`;
}

async function follow() {
  pending?.abort();
  pending = new AbortController();
  const asked = address();
  try {
    const response = await fetch(asked, { signal: pending.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const said = [document, page].some((each) => each.querySelector("#construire [aria-invalid]"));
    if (!response.ok || said) return form.requestSubmit();
    document.getElementById("resultat")?.replaceWith(document.adoptNode(/** @type {Node} */ (page.getElementById("resultat"))));
    history.replaceState(null, "", asked);
    offerCopy();
    message.textContent = "Aperçu et code mis à jour.";
  } catch (error) {
    if (!(error instanceof DOMException)) message.textContent = "Le serveur ne répond pas. Réessayez.";
  }
}

function offerCopy() {
  const button = document.getElementById("copier");
  const code = document.getElementById("code");
  if (!button || !(code instanceof HTMLTextAreaElement)) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    code.select();
    try {
      await navigator.clipboard.writeText(code.value);
      message.textContent = "Le code est copié.";
    } catch {
      message.textContent = "Le code est sélectionné : copiez-le.";
    }
  });
}

form.addEventListener("change", follow);
offerCopy();
