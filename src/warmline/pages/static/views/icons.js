// Owns the signs on buttons. Drawn here, on a 24-point grid; never read aloud.

import { html, svg } from "./light.js";

const draw = (paths) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

const HANDSET = svg`<path
  d="M6.5 3h3l1.6 4.2-2 1.7a12 12 0 0 0 6 6l1.7-2L21 14.5v3A3.5 3.5 0 0 1 17.5 21C9.5 21 3 14.5 3 6.5A3.5 3.5 0 0 1 6.5 3Z"
/>`;
const MICROPHONE = svg`<rect x="9" y="3" width="6" height="11" rx="3" />
  <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />`;

export const callSign = draw(HANDSET);
export const hangUpSign = draw(svg`<g transform="rotate(135 12 12)">${HANDSET}</g>`);
export const microphoneSign = draw(MICROPHONE);
export const mutedSign = draw(svg`${MICROPHONE}<path d="M4 3l16 18" />`);
export const keypadSign = draw(
  svg`${[5, 12, 19].map((y) => [5, 12, 19].map((x) => svg`<circle cx=${x} cy=${y} r="1.6" />`))}`,
);
export const captionsSign = draw(svg`<rect x="3" y="5" width="18" height="14" rx="3" />
  <path d="M7 11h4M14 11h3M7 15h7M17 15h0" />`);
export const deskSign = draw(svg`<path d="M4 13a8 8 0 0 1 16 0" />
  <rect x="3" y="13" width="4" height="6" rx="1.5" /><rect x="17" y="13" width="4" height="6" rx="1.5" />
  <path d="M19 19c0 2-3 2.5-6 2.5" />`);
export const wallSign = draw(svg`<rect x="3" y="4" width="18" height="13" rx="2" />
  <path d="M7 13v-2M11 13V8M15 13v-3M8 21h8" />`);
