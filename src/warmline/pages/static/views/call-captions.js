// Owns the captions: final lines are told to screen readers, partial ones are only seen.

import { html, Light } from "./light.js";

const NAMES = { bot: "Bot", caller: "You" };

class CallCaptions extends Light {
  static properties = { lines: { attribute: false } };

  updated() {
    const box = this.querySelector(".captions");
    box.scrollTop = box.scrollHeight;
  }

  render() {
    return html`<div class="captions" role="log" aria-label="Captions" tabindex="0">
      ${this.lines.length ? "" : html`<p class="quiet">What is said appears here.</p>`}
      ${this.lines.map(
        ({ who, text, final, name }) => html`<p class=${who} ?data-partial=${!final} aria-hidden=${!final}>
          <b>${name || (NAMES[who] ?? who)}</b> ${text}
        </p>`,
      )}
    </div>`;
  }
}

customElements.define("call-captions", CallCaptions);
