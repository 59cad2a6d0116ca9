// Owns the page /wall: the numbers, the calls, what is looked at, what is heard.

import { Wall } from "../wall/wall.js";
import { html, Light, nothing } from "./light.js";
import { closed, top } from "./wall-top.js";
import "./wall-calls.js";
import "./wall-ear.js";
import "./wall-look.js";
import "./wall-numbers.js";
import "./wall-people.js";
import "./wall-trends.js";

class WallPage extends Light {
  #wall = new Wall();

  connectedCallback() {
    super.connectedCallback();
    this.#wall.addEventListener("change", () => this.requestUpdate());
    this.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("pagehide", ({ persisted }) => persisted || this.#wall.stop());
    this.#wall.start();
  }

  /** Escape closes the call that is looked at, and goes back to its row. */
  #key({ key, defaultPrevented }) {
    const { callId } = this.#wall.state;
    if (key !== "Escape" || !callId || defaultPrevented) return;
    this.#close(callId);
  }

  async #close(callId) {
    this.#wall.open(callId);
    this.querySelector(`[data-open="${CSS.escape(callId)}"]`)?.focus();
  }

  updated() {
    const audio = this.querySelector("audio");
    const { remote = null } = this.#wall.state.ear ?? {};
    if (!audio || audio.srcObject === remote) return;
    audio.srcObject = remote;
    if (remote) audio.play().catch(() => {}); // begun by a click; a newer stream may take its place
  }

  render() {
    const wall = this.#wall;
    const { state } = wall;
    const { phase, user } = state;
    if (phase === "starting") return nothing;
    return html`
      ${top({ user, here: "/wall", status: this.#status(state), leave: () => wall.signOut() })}
      ${phase === "forbidden" ? closed(user) : html`<main class="wall">${this.#inside(wall, state)}</main>`}
      ${phase === "here" ? html`<wall-ear .wall=${wall} .state=${state}></wall-ear>` : nothing}
      <p class="hidden" role="status" data-polite>${state.polite}</p>
      <audio autoplay></audio>
    `;
  }

  #status({ connection, phase }) {
    const words = connection === "reconnecting" ? "reconnecting …" : "";
    return phase === "here" && words ? html`<span class="badge">${words}</span>` : nothing;
  }

  #inside(wall, state) {
    const { phase, floor, notice, callId, log } = state;
    return html`
      <h1 class="hidden">Wall</h1>
      <div role="alert">
        ${notice
          ? html`<div class=${notice.bad ? "notice bad" : "notice"}>
              <p><strong>${notice.title}</strong>${notice.text ? html`. ${notice.text}` : nothing}</p>
              ${phase === "failed"
                ? html`<button class="plain" @click=${() => wall.start()}>Try again</button>`
                : html`<button class="plain" @click=${() => wall.closeNotice()}>Close</button>`}
            </div>`
          : nothing}
      </div>
      ${phase === "here"
        ? html`
            <wall-numbers .floor=${floor}></wall-numbers>
            <div class="split" ?data-looking=${Boolean(callId)}>
              <wall-calls .wall=${wall} .state=${state}></wall-calls>
              ${callId
                ? html`<wall-look .wall=${wall} .state=${state} .version=${log?.version} @close=${() => this.#close(callId)}>
                  </wall-look>`
                : nothing}
              <wall-people .floor=${floor} .ticks=${performance.now()}></wall-people>
            </div>
            <wall-trends .wall=${wall} .stats=${state.stats} .hours=${state.hours}></wall-trends>
          `
        : nothing}
    `;
  }
}

customElements.define("wall-page", WallPage);
