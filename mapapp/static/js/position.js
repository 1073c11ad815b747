// @ts-check
/** « Autour de moi »: the browser's position, asked on a click, rounded, used for one search. */

/** Eleven metres: enough to find what is near, too coarse for a door. */
const DECIMALS = 4;

/** Milliseconds that a phone may take to find itself. */
const PATIENCE = 10_000;

/** @type {Record<number, string>} */
const FAULTS = {
  1: "Votre position n’a pas été donnée. Écrivez plutôt un lieu.",
  2: "Votre appareil ne trouve pas sa position. Écrivez plutôt un lieu.",
  3: "Votre appareil tarde à trouver sa position. Réessayez, ou écrivez un lieu.",
};

/**
 * @param {HTMLFormElement} form
 * @param {GeolocationPosition} position
 */
function search(form, { coords }) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (name !== "ou") asked.append(name, String(value));
  asked.set("lat", String(Number(coords.latitude.toFixed(DECIMALS))));
  asked.set("lon", String(Number(coords.longitude.toFixed(DECIMALS))));
  asked.set("exactitude", String(Math.min(100_000, Math.ceil(coords.accuracy))));
  location.assign(`${form.action}?${asked}`);
}

/**
 * @param {HTMLElement} button
 * @param {HTMLFormElement} form
 * @param {HTMLElement} state
 */
function offer(button, form, state) {
  button.hidden = false;
  for (const id of (button.getAttribute("aria-describedby") ?? "").split(" ")) {
    document.getElementById(id)?.removeAttribute("hidden");
  }
  button.addEventListener("click", () => {
    state.textContent = "Recherche de votre position…";
    navigator.geolocation.getCurrentPosition(
      (position) => search(form, position),
      ({ code }) => { state.textContent = FAULTS[code] ?? FAULTS[2]; },
      { timeout: PATIENCE, maximumAge: 60_000 },
    );
  });
}

const button = document.getElementById("autour-de-moi");
const form = document.getElementById("recherche-lieu");
const state = document.getElementById("position-etat");
// A page that is not served over https has no geolocation: nothing is offered.
if (button && state && form instanceof HTMLFormElement && window.isSecureContext && "geolocation" in navigator) {
  offer(button, form, state);
}
