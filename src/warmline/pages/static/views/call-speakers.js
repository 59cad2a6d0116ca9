// Owns the sign of who speaks, bot or you, as their sound says it; or a person in the bot's place.

import { Meter } from "../phone/meter.js";
import { html, Light } from "./light.js";

const LOOK_MS = 66;

class CallSpeakers extends Light {
  static properties = {
    remote: { attribute: false },
    local: { attribute: false },
    muted: { attribute: false },
    party: { attribute: false },
    waiting: { attribute: false },
    _speaks: { state: true },
  };

  #meters = { bot: null, you: null };
  #timer = 0;

  constructor() {
    super();
    this._speaks = { bot: false, you: false };
  }

  connectedCallback() {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    for (const meter of Object.values(this.#meters)) meter?.close();
    this.#meters = { bot: null, you: null };
  }

  willUpdate(changed) {
    if (changed.has("remote")) this.#listen("bot", this.remote);
    if (changed.has("local")) this.#listen("you", this.local);
  }

  #listen(who, stream) {
    this.#meters[who]?.close();
    this.#meters[who] = stream ? new Meter(stream) : null;
  }

  #look() {
    const speaks = {};
    for (const [who, meter] of Object.entries(this.#meters)) {
      const { level, speaking } = meter?.read() ?? { level: 0, speaking: false };
      speaks[who] = speaking && !(who === "you" && this.muted);
      this.querySelector(`.speaker.${who}`)?.style.setProperty("--level", level.toFixed(2));
    }
    if (speaks.bot !== this._speaks.bot || speaks.you !== this._speaks.you) this._speaks = speaks;
  }

  render() {
    const { bot, you } = this._speaks;
    return html`
      <div class="speakers">
        <div class="speaker bot" ?data-on=${bot} aria-hidden="true">${this.party || "Bot"}</div>
        <div class="speaker you" ?data-on=${you} ?data-muted=${this.muted} aria-hidden="true">
          You
        </div>
      </div>
      <p class="who">${this.#words()}</p>
    `;
  }

  #words() {
    const { bot, you } = this._speaks;
    if (this.waiting) return this.waiting;
    if (bot && you) return "You both speak";
    const other = this.party || "The bot";
    if (bot) return `${other} speaks`;
    if (you) return "You speak";
    return this.muted ? "You are muted" : `${other} listens`;
  }
}

customElements.define("call-speakers", CallSpeakers);
