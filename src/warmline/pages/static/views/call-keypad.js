// Owns the twelve keys. The keyboard's own keys work without it, and light them up here.

import { html, Light, nothing } from "./light.js";

const KEYS = [
  ..."1,2 ABC,3 DEF,4 GHI,5 JKL,6 MNO,7 PQRS,8 TUV,9 WXYZ,*,0,#".split(","),
].map((key) => key.split(" "));
const NAMES = { "*": "star", "#": "hash" };

class CallKeypad extends Light {
  static properties = { pressed: { attribute: false } };

  updated(changed) {
    if (!changed.has("pressed") || !changed.get("pressed")) return;
    const key = this.querySelector(`[data-key="${this.pressed.digit}"]`);
    key?.animate?.([{ opacity: 0.4 }, { opacity: 1 }], 250);
  }

  render() {
    return html`<div class="keypad" role="group" aria-label="Keypad">
      ${KEYS.map(
        ([digit, letters]) => html`<button
          data-key=${digit}
          aria-label=${NAMES[digit] ?? digit}
          @click=${() => this.dispatchEvent(new CustomEvent("press", { detail: digit }))}
        >
          ${digit}${letters ? html`<small>${letters}</small>` : nothing}
        </button>`,
      )}
    </div>`;
  }
}

customElements.define("call-keypad", CallKeypad);
