// Owns the page /calls/ID: the call that its address names, from its player to its log.

import { because, moment, title } from "../desk/words.js";
import { ending, lasted } from "../history/question.js";
import { OneCall } from "../one-call/call.js";
import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";
import { closed, top } from "./wall-top.js";
import "./desk-packet.js";
import "./desk-transcript.js";
import "./one-call-log.js";
import "./one-call-player.js";
import "./one-call-turns.js";

class OneCallPage extends Light {
  #call = new OneCall(decodeURIComponent(location.pathname.split("/").at(-1)));
  #arrived = false;
  #heard = "";

  connectedCallback() {
    super.connectedCallback();
    this.#call.addEventListener("change", () => this.requestUpdate());
    window.addEventListener("hashchange", () => this.#go());
    window.addEventListener("pagehide", ({ persisted }) => persisted || this.#call.stop());
    this.#call.start();
  }

  async updated() {
    const { log, current } = this.#call.state;
    const transcript = this.querySelector("desk-transcript");
    if (!transcript || log.seq === null) return;
    await transcript.updateComplete;
    if (!this.#arrived) {
      this.#arrived = true;
      transcript.querySelector(".transcript").scrollTop = 0; // what was is read from its beginning
      this.#go();
    }
    if (current !== this.#heard) {
      this.#heard = current;
      transcript.querySelector(`[data-key="${CSS.escape(current)}"]`)?.scrollIntoView({ block: "nearest" });
    }
  }

  /** To the entry of the log that the address names: #12. */
  #go() {
    const { log } = this.#call.state;
    const seq = Number(location.hash.slice(1));
    const key = seq && log?.lineOf(seq);
    if (key) this.#show(key);
  }

  #show(key) {
    this.querySelector("desk-transcript").jump(key);
    const { audio_at: at } = this.#call.state.log.get(key);
    this.#call.seek(at);
  }

  render() {
    const call = this.#call;
    const { phase, user, wrong } = call.state;
    if (phase === "starting") return nothing;
    return html`
      ${top({ user, here: "/calls", leave: () => call.signOut() })}
      ${phase === "forbidden" ? closed(user) : nothing}
      ${phase === "here" ? html`<main class="pages one-call">${this.#inside(call, call.state)}</main>` : nothing}
      ${phase === "missing" || phase === "failed"
        ? html`<main class="door" role="alert">
            <h1>${phase === "missing" ? "There is no such call" : "The call cannot be shown now"}</h1>
            <p>${wrong} <a href="/history">Look in the history</a>.</p>
          </main>`
        : nothing}
    `;
  }

  #inside(call, state) {
    const { record, log, turns, wrapups, events, current } = state;
    return html`
      ${this.#head(record, log)}
      <one-call-player .call=${call} .state=${state} .version=${log.version} .time=${state.time}></one-call-player>
      <div class="columns">
        <section class="said" aria-labelledby="said-title">
          <h2 id="said-title">What was said</h2>
          <desk-transcript .desk=${call} .log=${log} .version=${log.version} .playing=${current}></desk-transcript>
        </section>
        <div class="papers">
          ${this.#wrapups(wrapups, log)}
          <one-call-turns .call=${call} .turns=${turns} .recorded=${state.recording.recorded}></one-call-turns>
          ${state.packet?.packet?.why ? this.#packet(state.packet) : nothing}
        </div>
      </div>
      <one-call-log .events=${events}></one-call-log>
    `;
  }

  #packet({ packet, then }) {
    return html`<section aria-labelledby="packet-title">
      <h2 id="packet-title">Handed over: ${because({ why: packet.why.why, reason: packet.why.reason })}</h2>
      <p class="quiet">${then ? `As it was at ${clock(packet.why.at)}.` : "As it is now: what it was then cannot be had."}</p>
      <desk-packet .packet=${packet}></desk-packet>
    </section>`;
  }

  #head(record, log) {
    const { caller, started_at: at, flow, door, reason, ended_at: end } = record;
    const time = lasted(record);
    const alerts = log.of("alert");
    return html`<div class="call-head">
      <h1>Call with ${caller || "an unknown number"}</h1>
      <p>
        ${moment(at)} · ${title(flow)} · by ${door} ·
        ${end ? html`<span class="time">${clock(time)}</span>, ${ending(reason)}` : html`<b>goes on</b> · <a href="/wall">to the wall</a>`}
      </p>
      ${alerts.length
        ? html`<ul class="alarms">
            ${alerts.map(({ severity, text, at: when }) => html`<li data-severity=${severity}>${text} <span class="time">${clock(when)}</span></li>`)}
          </ul>`
        : nothing}
    </div>`;
  }

  #wrapups(wrapups, log) {
    if (!wrapups.length) return nothing;
    const names = new Map(log.get("state")?.agents.map(({ user_id: id, name }) => [id, name]));
    return html`<section aria-labelledby="wrapup-title">
      <h2 id="wrapup-title">Wrap-up</h2>
      ${wrapups.map(({ user_id: id, name, disposition, summary, notes, fields, at }) => {
        const who = name || names.get(id) || "An agent";
        return html`<article class="wrapped">
          <p><b>${title(disposition)}</b> <span class="quiet">${who}, ${moment(at)}</span></p>
          ${summary ? html`<p>${summary}</p>` : nothing} ${notes ? html`<p class="quiet">${notes}</p>` : nothing}
          ${Object.entries(fields ?? {}).map(([key, value]) => html`<p>${title(key)}: <b>${value}</b></p>`)}
        </article>`;
      })}
    </section>`;
  }
}

customElements.define("one-call-page", OneCallPage);
