// @ts-check
/** A button that prints the page, shown to those whose browser can. */

for (const button of document.querySelectorAll("[data-imprimer]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => print());
}
