// Owns the signs of the desk that are no buttons: faces, marks. Read aloud only by their words.

import { html, svg } from "./light.js";

const MOUTHS = {
  [-2]: "M5 12.2q3-4 6 0",
  [-1]: "M5.2 11.4q2.8-2 5.6 0",
  [0]: "M5.4 10.6h5.2",
  [1]: "M5 9.8q3 3.4 6 0",
};

/** A face of a mood, see ../desk/mood.js. */
export const face = ({ face: n, word }) =>
  html`<svg
    class="face"
    data-face=${n}
    viewBox="0 0 16 16"
    role="img"
    aria-label=${`sounds ${word}`}
  >
    <circle cx="8" cy="8" r="6.8" />
    ${svg`<path d="M5.7 6v.6M10.3 6v.6" /><path d=${MOUTHS[n]} />`}
  </svg>`;

/** "✓ verified" or "? not confirmed"; never alike. */
export const mark = ({ sure, words }) =>
  html`<span class="mark" data-sure=${sure}
    ><span aria-hidden="true">${sure ? "✓" : "?"}</span> ${words}</span
  >`;

/** A key of the keyboard on a button. */
export const key = (name) => html`<kbd aria-hidden="true">${name}</kbd>`;
