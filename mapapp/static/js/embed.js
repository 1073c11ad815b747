// @ts-check
/**
 * Tells the page around an embed how high it is: { type: "mapapp:height", height }, and the same in
 * the words of WordPress, which also follows links for a frame that it does not let do so itself.
 * Not a module: in a sandboxed frame a module would be a request of no origin, and refused.
 */
(() => {
  if (parent === window) return;

  /** WordPress gives each frame a secret, « #?secret=… », and listens to what repeats it. */
  const secret = new URLSearchParams(location.hash.slice(2)).get("secret");
  const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main > div, footer")]);
  let told = 0;

  /**
   * @param {string} message
   * @param {string | number} value
   */
  function tellWordPress(message, value) {
    if (secret) parent.postMessage({ message, value, secret }, "*");
  }

  function tellHeight() {
    const height = Math.ceil(parts.reduce((sum, part) => sum + part.offsetHeight, 0));
    if (height === told) return;
    told = height;
    parent.postMessage({ type: "mapapp:height", height }, "*");
    tellWordPress("height", height);
  }

  /** Without an origin of its own, a frame can neither open a tab nor send a form. */
  function liveWithoutOrigin() {
    document.querySelectorAll("form").forEach((form) => (form.hidden = true));
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      const address = link?.getAttribute("href");
      if (!link || !address || link.target === "_self") return;
      event.preventDefault();
      tellWordPress("link", new URL(address, document.baseURI).href);
    });
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[target=_self]"))) {
      link.hash = location.hash;
    }
  }

  if (secret && self.origin === "null") liveWithoutOrigin();
  const observer = new ResizeObserver(tellHeight);
  parts.forEach((part) => observer.observe(part));
})();
