// @ts-check
/** The map's message area: short sentences, shown and read aloud. */

/** @param {string} sentence empty to say nothing any more */
export function say(sentence) {
  const area = document.querySelector(".carte-message");
  if (area && area.textContent !== sentence) area.textContent = sentence;
}
