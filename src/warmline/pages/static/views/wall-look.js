// Owns the call that is looked at: why it is here, how the caller sounds, what is said.

import { because, present, standing, title } from "../desk/words.js";
import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";
import "./desk-mood.js";
import "./desk-transcript.js";

class WallLook extends Light {
  /** `version` of the log: it changes in place. */
  static properties = { wall: { attribute: false }, state: { attribute: false }, version: { attribute: false } };

  firstUpdated() {
    this.querySelector("h2").focus();
  }

  render() {
    const { wall } = this;
    const { log, callId, playing } = this.state;
    const caller = this.state.floor?.calls.find(({ call_id: id }) => id === callId)?.caller;
    const call = log.get("state");
    const packet = log.get("packet")?.packet;
    const agents = call?.agents ?? [];
    return html`<section class="look" aria-labelledby="look-title">
      <div class="row">
        <h2 id="look-title" tabindex="-1">Call with ${caller || packet?.who?.caller || "an unknown number"}</h2>
        <button class="plain small" @click=${() => this.dispatchEvent(new Event("close"))}>Close</button>
      </div>
      <p class="quiet">
        ${log.seq === null ? "Loading …" : html`<span class="time">${clock(log.now())}</span> · ${standing(call?.state)}`}
        ${call?.queue ? html`· ${title(call.queue)}` : nothing} ${agents.map((agent) => html`· <b>${present(agent)}</b>`)}
        · <a href=${`/calls/${encodeURIComponent(callId)}`}>its page</a>
      </p>
      ${packet?.why
        ? html`<p>Handed over: <strong>${because({ why: packet.why.why, reason: packet.why.reason })}</strong></p>`
        : nothing}
      ${log.of("alert").map(({ severity, text }) => html`<p class="alarm" data-severity=${severity}>${text}</p>`)}
      <desk-mood .moods=${log.of("mood")}></desk-mood>
      <desk-transcript .desk=${wall} .log=${log} .version=${log.version} .playing=${playing}></desk-transcript>
    </section>`;
  }
}

customElements.define("wall-look", WallLook);
