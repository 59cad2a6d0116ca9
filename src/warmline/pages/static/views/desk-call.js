// Owns the middle column: with whom and how long, how loud both sides are, and the transcript.

import { present, standing, title } from "../desk/words.js";
import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";
import "./desk-levels.js";
import "./desk-transcript.js";

class DeskCall extends Light {
  static properties = { desk: { attribute: false }, state: { attribute: false } };

  render() {
    const { log, callId } = this.state;
    return html`<section class="centre" aria-label="Call">
      ${callId ? this.#call(log) : this.#nobody()}
    </section>`;
  }

  #nobody() {
    const { floor, user } = this.state;
    const me = floor?.agents.find(({ user_id: id }) => id === user.user_id);
    const waits = {
      available: "The next caller for you appears here and rings.",
      away: "You are away. Say that you are available, and callers are offered to you.",
    };
    return html`<div class="nobody">
      <h1>No call</h1>
      <p class="quiet">${waits[me?.state] ?? "Connecting to the floor …"}</p>
      <p class="quiet">Press <kbd>?</kbd> for the keys.</p>
    </div>`;
  }

  #call(log) {
    const { desk, state } = this;
    const { media } = state;
    const call = log.get("state");
    const others = (call?.agents ?? []).filter(({ user_id: id }) => id !== state.user.user_id);
    const caller = log.get("packet")?.packet.who?.caller || "an unknown number";
    const alerts = log.of("alert");
    return html`
      <div class="head">
        <h1>Call with ${caller}</h1>
        <p>
          <span class="time" role="timer" aria-label="Time of the call">${clock(log.now())}</span>
          ${call?.queue ? html`· ${title(call.queue)}` : nothing} ·
          <span class="state" data-state=${call?.state ?? ""}
            >${media.phase === "connecting" ? "connecting your sound" : standing(call?.state)}</span
          >
          ${others.map((other) => html`· <b>${present(other)}</b>`)}
        </p>
        ${alerts.map(({ severity, text }) => html`<p class="alert" data-severity=${severity}>${text}</p>`)}
        ${
          media.remote
            ? html`<desk-levels
                .remote=${media.remote}
                .local=${desk.microphone.stream}
                .muted=${media.muted}
              >
              </desk-levels>`
            : nothing
        }
      </div>
      <desk-transcript .desk=${desk} .log=${log} .version=${log.version} .playing=${state.playing}>
      </desk-transcript>
    `;
  }
}

customElements.define("desk-call", DeskCall);
