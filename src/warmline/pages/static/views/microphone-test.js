// Owns the microphone test: a level meter, and words that say whether a voice arrives.

import { Meter } from "../phone/meter.js";
import { Problem } from "../phone/problem.js";
import { explain } from "../words.js";
import { html, Light, nothing } from "./light.js";

const LOOK_MS = 66;
const SILENT_MS = 4_000; // by then most people have said something

class MicrophoneTest extends Light {
  static properties = {
    microphone: { attribute: false },
    _words: { state: true },
    _running: { state: true },
  };

  #meter = null;
  #timer = 0;

  constructor() {
    super();
    this._words = "";
    this._running = false;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#release(); // the stream stays open: the call takes it over
  }

  async #start() {
    this._words = "Your browser asks whether this page may use the microphone …";
    try {
      const stream = await this.microphone.open();
      if (!this.isConnected) return;
      this.#meter = new Meter(stream);
    } catch (error) {
      const { title, text } = explain(error instanceof Problem ? error : new Problem("broken"));
      this._words = `${title}. ${text}`;
      return;
    }
    this._running = true;
    this._words = "Say something …";
    const since = performance.now();
    let heard = false;
    this.#timer = setInterval(() => {
      const { level, speaking } = this.#meter.read();
      const bar = this.querySelector("meter");
      if (bar) bar.value = level;
      heard ||= speaking;
      if (heard) this._words = "You can be heard.";
      else if (performance.now() - since > SILENT_MS) {
        this._words = "Nothing is heard. Is the right microphone chosen, and not muted?";
      }
    }, LOOK_MS);
  }

  #release() {
    clearInterval(this.#timer);
    this.#meter?.close();
    this.#meter = null;
    this._running = false;
  }

  #stop() {
    this.#release();
    this.microphone.close();
    this._words = "";
  }

  render() {
    return html`
      <div class="field">
        <div class="row">
          <span id="microphone-label">Microphone</span>
          <button class="plain" @click=${this._running ? this.#stop : this.#start}>
            ${this._running ? "Stop the test" : "Test it"}
          </button>
        </div>
        ${this._running
          ? html`<meter min="0" max="1" aria-labelledby="microphone-label"></meter>`
          : nothing}
        <p class="quiet" role="status">${this._words}</p>
      </div>
    `;
  }
}

customElements.define("microphone-test", MicrophoneTest);
