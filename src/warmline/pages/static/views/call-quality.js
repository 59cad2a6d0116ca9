// Owns the four dots of the connection's quality; their words on hover, focus and touch.

import { html, Light } from "./light.js";

class CallQuality extends Light {
  static properties = { quality: { attribute: false } };

  render() {
    const { dots = 0, word = "not known yet", detail = "" } = this.quality ?? {};
    return html`
      <button class="quality" data-dots=${dots} aria-describedby="quality-detail">
        ${[1, 2, 3, 4].map((n) => html`<i ?data-on=${n <= dots}></i>`)}
        <span class="hidden">Connection: ${word}</span>
      </button>
      <span class="tip" id="quality-detail" role="tooltip">
        Connection ${word}${detail ? html`<br />${detail}` : ""}
      </span>
    `;
  }
}

customElements.define("call-quality", CallQuality);
