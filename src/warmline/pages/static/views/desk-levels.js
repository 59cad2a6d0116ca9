// Owns how loud the caller and the agent are, as bars.

import { Meter } from "../phone/meter.js";
import { html, Light } from "./light.js";

const LOOK_MS = 66;

class DeskLevels extends Light {
  static properties = {
    remote: { attribute: false },
    local: { attribute: false },
    muted: { attribute: false },
  };

  #meters = { remote: null, local: null };
  #timer = 0;

  connectedCallback() {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#listen("remote", null);
    this.#listen("local", null);
  }

  updated(changed) {
    for (const side of ["remote", "local"]) if (changed.has(side)) this.#listen(side, this[side]);
  }

  #listen(side, stream) {
    this.#meters[side]?.close();
    this.#meters[side] = stream && new Meter(stream);
  }

  #look() {
    for (const [side, meter] of Object.entries(this.#meters)) {
      const bar = this.querySelector(`[data-side=${side}]`);
      if (bar) bar.value = meter && !(side === "local" && this.muted) ? meter.read().level : 0;
    }
  }

  render() {
    return html`<div class="levels">
      <label>Caller <meter data-side="remote" min="0" max="1"></meter></label>
      <label
        >${this.muted ? "You, muted" : "You"} <meter data-side="local" min="0" max="1"></meter
      ></label>
    </div>`;
  }
}

customElements.define("desk-levels", DeskLevels);
