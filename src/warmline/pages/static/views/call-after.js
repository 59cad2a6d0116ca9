// Owns the view after a call: how it ended, what was said, call again.

import { duration, ending } from "../words.js";
import { callSign } from "./icons.js";
import { html, Light, nothing } from "./light.js";
import "./call-captions.js";

class CallAfter extends Light {
  static properties = { call: { attribute: false }, name: { attribute: false } };

  #tell(event) {
    this.dispatchEvent(new CustomEvent(event, { bubbles: true }));
  }

  render() {
    const { reason, problem, seconds, captions } = this.call;
    const happened = Boolean(seconds);
    const said = captions.filter(({ final }) => final);
    return html`
      <h1 tabindex="-1">${happened ? "The call is over" : "No call"}</h1>
      ${problem ? nothing : html`<p class="ending">${ending(reason)}</p>`}
      ${happened ? html`<p class="quiet">${this.name}, ${duration(seconds)}</p>` : nothing}
      ${said.length ? html`<call-captions .lines=${said}></call-captions>` : nothing}
      <div class="center">
        <button class="round call" @click=${() => this.#tell("call")}>
          ${callSign}<span class="hidden">Call again</span>
        </button>
        <button class="plain" @click=${() => this.#tell("back")}>Another conversation</button>
      </div>
    `;
  }
}

customElements.define("call-after", CallAfter);
