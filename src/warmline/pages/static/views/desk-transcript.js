// Owns the transcript: who said what, in place while it changes, each line to be heard again.
// Screen readers are told the caller's final words elsewhere, once; here nothing speaks by itself.

import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";

const UNSURE = 0.6; // below this, one word in a few is wrong
const AT_END_PX = 48;
const SHOWN_MS = 2_000;

class DeskTranscript extends Light {
  static properties = {
    desk: { attribute: false },
    log: { attribute: false },
    version: { attribute: false },
    playing: { attribute: false },
    _behind: { state: true },
    _current: { state: true },
  };

  constructor() {
    super();
    this._behind = false; // the newest lines are below what is seen
    this._current = ""; // key of the line that the Tab key reaches
  }

  get #box() {
    return this.querySelector(".transcript");
  }

  willUpdate(changed) {
    if (changed.has("log")) [this._behind, this._current] = [false, ""];
  }

  /** Whoever reads at the end stays there; whoever looks back is not moved. */
  updated(changed) {
    if (!this._behind && (changed.has("version") || changed.has("log"))) this.#toEnd();
  }

  #toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this._behind = false;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    this._behind = scrollHeight - clientHeight - scrollTop > AT_END_PX;
  }

  /** Show this line. */
  jump(key) {
    const line = this.#line(key);
    if (!line) return;
    this._behind = true; // do not go back to the end meanwhile
    this._current = key;
    line.scrollIntoView({ block: "center" });
    line.querySelector("button")?.focus({ preventScroll: true });
    line.toggleAttribute("data-shown", true);
    setTimeout(() => line.removeAttribute("data-shown"), SHOWN_MS);
  }

  #line(key) {
    return this.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** A call that is over is heard from its recording, elsewhere. */
  #kept({ audio_at: begin, audio_end: end }) {
    return end > begin && !this.log.ended;
  }

  #play(line) {
    this._current = line.key;
    if (this.#kept(line)) this.desk.talk.play(line);
  }

  #clicked({ target }) {
    if (getSelection()?.type === "Range") return; // somebody copies words
    const key = target.closest("[data-key]")?.dataset.key;
    const line = key && this.log.get(key);
    if (line) this.#play(line);
  }

  /** The arrows go from line to line; the Tab key goes past them all. */
  #moved(event) {
    const buttons = [...this.querySelectorAll("[data-key] button")];
    const at = buttons.indexOf(event.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined || !buttons[to]) return;
    event.preventDefault();
    this._current = buttons[to].closest("[data-key]").dataset.key;
    buttons[to].focus();
  }

  render() {
    const items = this.log.of("line", "event");
    const last = items.findLast(({ kind }) => kind === "line")?.key ?? "";
    const current = this.log.get(this._current) ? this._current : last;
    return html`<div
        class="transcript"
        role="log"
        aria-live="off"
        aria-label="What was said"
        @scroll=${this.#scrolled}
        @click=${this.#clicked}
        @keydown=${this.#moved}
      >
        ${items.length ? nothing : html`<p class="quiet">What is said appears here.</p>`}
        ${items.map((item) => (item.kind === "line" ? this.#said(item, current) : happened(item)))}
      </div>
      ${
        this._behind
          ? html`<button class="plain newest" @click=${this.#toEnd}>Newest lines ↓</button>`
          : nothing
      }`;
  }

  #said(line, current) {
    const { key, who, name, text, unstable, final, at } = line;
    const unsure = final && line.confidence < UNSURE;
    const playing = key === this.playing;
    return html`<div
      class="line"
      data-key=${key}
      data-who=${who}
      ?data-partial=${!final}
      ?data-unsure=${unsure}
      ?data-playing=${playing}
    >
      <b>${name}</b>
      <p>${text}${grey(text, unstable)}${line.interrupted ? cut : nothing}${unsure ? doubt(line) : nothing}</p>
      <button
        class="moment"
        tabindex=${key === current ? 0 : -1}
        aria-disabled=${!this.#kept(line)}
        aria-label=${`${playing ? "Stop" : "Hear"} ${name} at ${clock(at)}`}
      >
        ${clock(at)}
      </button>
    </div>`;
  }
}

const grey = (text, unstable) =>
  unstable ? html`<span class="unstable">${text ? " " : ""}${unstable}</span>` : nothing;

const cut = html`<span class="cut"><span aria-hidden="true">▏</span>cut off here</span>`;

const doubt = ({ confidence }) => html`<span
  class="doubt"
  title=${`Heard with ${Math.round(confidence * 100)} % certainty`}
  >not sure</span
>`;

const happened = ({ text, at }) =>
  html`<p class="happened">${text} <span class="time">${clock(at)}</span></p>`;

customElements.define("desk-transcript", DeskTranscript);
