// Owns the bar of the call that is heard: who knows of it, who hears us, and the end of it.

import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";

const MODES = [
  { mode: "listen", words: "Listen", means: "Nobody hears you; your microphone is off." },
  { mode: "whisper", words: "Whisper", means: "Only the agent hears you." },
  { mode: "join", words: "Join", means: "The caller and the agent hear you." },
];
const TOLD = { connecting: "Connecting …", reconnecting: "The sound is gone. Getting it back …" };

class WallEar extends Light {
  static properties = { wall: { attribute: false }, state: { attribute: false } };

  render() {
    const { wall } = this;
    const { ear, earSince, floor } = this.state;
    if (ear.phase === "idle") return nothing;
    const call = floor?.calls.find(({ call_id: id }) => id === ear.callId);
    const agent = call?.agents.find(({ role }) => role === "agent")?.name;
    const now = MODES.find(({ mode }) => mode === ear.mode);
    return html`<aside class="ear" aria-label="You hear a call" data-mode=${ear.mode}>
      <p>
        <strong>${TOLD[ear.phase] ?? `You hear ${call?.caller || "an unknown number"}`}</strong>
        <span class="time" role="timer" aria-label="Since">${clock((performance.now() - earSince) / 1000)}</span><br />
        <span class="quiet"
          >${now.means} ${agent ? `${agent} sees that you are there` : "Any agent who joins sees it"}; it is written in
          the audit log.</span
        >
      </p>
      <fieldset class="modes" ?disabled=${ear.phase !== "talking"}>
        <legend class="hidden">Who hears you</legend>
        ${MODES.map(
          ({ mode, words }) => html`<label>
            <input
              type="radio"
              name="mode"
              value=${mode}
              .checked=${mode === ear.mode}
              @change=${() => this.#become(mode)}
            />${words}
          </label>`,
        )}
      </fieldset>
      ${ear.mode === "listen"
        ? nothing
        : html`<button class="plain" aria-pressed=${ear.muted} @click=${() => wall.mute(!ear.muted)}>
            ${ear.muted ? "Unmute" : "Mute"}
          </button>`}
      <button class="main harm" @click=${() => wall.hangUp()}>Stop</button>
    </aside>`;
  }

  /** What was not allowed is not marked as if it were. */
  async #become(mode) {
    await this.wall.become(mode);
    for (const input of this.querySelectorAll("input")) input.checked = input.value === this.wall.now.ear.mode;
  }
}

customElements.define("wall-ear", WallEar);
