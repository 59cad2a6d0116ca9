// Owns the view during a call: who speaks, time, quality, keys, captions, hang up.

import { clock, progress } from "../words.js";
import { captionsSign, hangUpSign, keypadSign, microphoneSign, mutedSign } from "./icons.js";
import { html, Light, nothing } from "./light.js";
import { party } from "../phone/captions.js";
import "./call-captions.js";
import "./call-keypad.js";
import "./call-quality.js";
import "./call-speakers.js";

const KEYS = /^[0-9*#]$/;

class CallDuring extends Light {
  static properties = {
    phone: { attribute: false },
    call: { attribute: false },
    name: { attribute: false },
    _keypad: { state: true },
    _pressed: { state: true },
  };

  #timer = 0;
  #onKey = (event) => this.#key(event);

  constructor() {
    super();
    this._keypad = false;
    this._pressed = { digit: "", count: 0 };
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener("keydown", this.#onKey);
    this.#timer = setInterval(() => this.requestUpdate(), 1_000); // the clock
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.#onKey);
    clearInterval(this.#timer);
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest?.("input, select, textarea")) return;
    if (KEYS.test(event.key)) this.#press(event.key);
    else if (event.key.toLowerCase() === "m") this.phone.mute();
  }

  #press(digit) {
    if (this.phone.press(digit)) this._pressed = { digit, count: this._pressed.count + 1 };
  }

  render() {
    const { call, phone } = this;
    const talking = call.phase === "talking";
    const seconds = call.startedAt ? (performance.now() - call.startedAt) / 1000 : 0;
    return html`
      <div class="row">
        <h1 tabindex="-1">${this.name}</h1>
        <call-quality .quality=${talking ? call.quality : null}></call-quality>
      </div>
      <p class="time" role="timer" aria-label="Time of the call">${clock(seconds)}</p>
      <call-speakers
        ?data-small=${this._keypad || call.showCaptions}
        .remote=${call.remote}
        .local=${phone.microphone.stream}
        .muted=${call.muted}
        .party=${party(call.captions)}
        .waiting=${talking ? "" : progress(call)}
      ></call-speakers>
      ${call.showCaptions ? html`<call-captions .lines=${call.captions}></call-captions>` : nothing}
      ${this._keypad
        ? html`<call-keypad .pressed=${this._pressed} @press=${({ detail }) => this.#press(detail)}>
          </call-keypad>`
        : nothing}
      <div class="controls" role="group" aria-label="The call">
        ${this.#toggle(call.muted, call.muted ? mutedSign : microphoneSign, "Mute", () => phone.mute(), "m")}
        ${this.#toggle(this._keypad, keypadSign, "Keypad", () => (this._keypad = !this._keypad))}
        ${this.#toggle(call.showCaptions, captionsSign, "Captions", () => phone.caption())}
        <button class="round end" @click=${() => phone.hangUp()}>
          ${hangUpSign}<span class="hidden">Hang up</span>
        </button>
      </div>
    `;
  }

  #toggle(on, sign, name, act, shortcut) {
    return html`<button
      class="toggle"
      aria-pressed=${on}
      aria-keyshortcuts=${shortcut ?? nothing}
      @click=${act}
    >
      ${sign}<span>${name}</span>
    </button>`;
  }
}

customElements.define("call-during", CallDuring);
