// Owns the page /call: one phone, the view for its state, what is told to everybody.

import { askFlows } from "../phone/door.js";
import { Phone } from "../phone/phone.js";
import { Problem } from "../phone/problem.js";
import { explain, progress } from "../words.js";
import { html, Light } from "./light.js";
import "./call-after.js";
import "./call-before.js";
import "./call-during.js";

class CallPage extends Light {
  static properties = {
    _flows: { state: true },
    _flow: { state: true },
    _trouble: { state: true },
    _silent: { state: true },
  };

  constructor() {
    super();
    this._flows = [];
    this._flow = new URLSearchParams(location.search).get("flow") ?? "";
    this._trouble = null; // a Problem of the page itself
    this._silent = false; // the browser holds back the sound until a click
    this._captions = false;
    this._view = "before";
    this.phone = new Phone();
    this.phone.addEventListener("change", () => this.#changed());
    for (const event of ["error", "unhandledrejection"]) {
      window.addEventListener(event, () => (this._trouble = new Problem("broken")));
    }
    this.addEventListener("choose", ({ detail }) => (this._flow = detail));
    this.addEventListener("captions", ({ detail }) => (this._captions = detail));
    this.addEventListener("call", () => this.#call());
    this.addEventListener("back", () => this.#back());
    this.#load();
  }

  async #load() {
    try {
      const { flows, default: usual } = await askFlows();
      this._flows = flows;
      if (!flows.some(({ name }) => name === this._flow)) {
        if (this._flow) this._trouble = new Problem("unknown_flow");
        this._flow = usual || flows[0]?.name || "";
      }
    } catch (error) {
      this._trouble = error instanceof Problem ? error : new Problem("broken");
    }
  }

  #call() {
    this._trouble = null;
    this.phone.start({ flow: this._flow, showCaptions: this._captions });
  }

  #back() {
    this.phone.reset();
  }

  #changed() {
    const { phase } = this.phone.call;
    const view = viewOf(phase);
    this.requestUpdate();
    if (this._view !== view) this.#focusHeading();
    this._view = view;
  }

  /** The control that had the focus is gone with its view: go to the new view's beginning. */
  async #focusHeading() {
    await this.updateComplete;
    const view = this.querySelector("main > :last-child");
    await view.updateComplete;
    view.querySelector("h1")?.focus();
  }

  updated() {
    const audio = this.querySelector("audio");
    const { remote } = this.phone.call;
    if (audio.srcObject === remote) return;
    audio.srcObject = remote;
    if (remote) audio.play().then(() => (this._silent = false), (error) => this.#held(error));
  }

  #held(error) {
    if (error.name !== "NotAllowedError") return; // a new stream took its place
    this._silent = true;
    const again = () => this.querySelector("audio").play().then(() => (this._silent = false));
    window.addEventListener("pointerdown", () => again().catch(() => {}), { once: true });
  }

  render() {
    const { call } = this.phone;
    return html`
      <header><a class="brand" href="/">Warmline</a></header>
      <main>
        <p class="hidden" role="status">${progress(call)}</p>
        <div role="alert">${this.#notices(call)}</div>
        ${this.#view(call)}
      </main>
      <audio autoplay></audio>
    `;
  }

  #notices(call) {
    const problem = this._trouble ?? call.problem;
    const notes = [];
    if (problem) notes.push({ ...explain(problem), bad: true });
    if (call.microphoneLost && this.phone.busy) {
      notes.push({
        title: "The microphone is gone",
        text: "The bot cannot hear you. Plug it in again, or use the keypad.",
      });
    }
    if (this._silent) {
      notes.push({ title: "Your browser holds back the sound", text: "Click anywhere to hear it." });
    }
    return notes.map(
      ({ title, text, bad }) => html`<div class=${bad ? "notice bad" : "notice"}>
        <strong>${title}</strong>
        <p>${text}</p>
      </div>`,
    );
  }

  #view(call) {
    switch (viewOf(call.phase)) {
      case "before":
        return html`<call-before
          .flows=${this._flows}
          .flow=${this._flow}
          .captions=${this._captions}
          .microphone=${this.phone.microphone}
        ></call-before>`;
      case "during":
        return html`<call-during .phone=${this.phone} .call=${call} .name=${this.#title()}>
        </call-during>`;
      default:
        return html`<call-after .call=${call} .name=${this.#title()}></call-after>`;
    }
  }

  #title() {
    return this._flows.find(({ name }) => name === this._flow)?.title ?? "Warmline";
  }
}

function viewOf(phase) {
  if (phase === "idle") return "before";
  return phase === "ended" ? "after" : "during";
}

customElements.define("call-page", CallPage);
