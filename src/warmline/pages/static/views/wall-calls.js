// Owns the calls that go on, as rows: first those that need somebody.

import { feeling, points } from "../desk/mood.js";
import { present, standing, title } from "../desk/words.js";
import { clock } from "../words.js";
import { LONG_S } from "../wall/need.js";
import { face } from "./desk-signs.js";
import { html, Light, nothing, svg } from "./light.js";

const WIDTH = 56;
const HEIGHT = 16;
const SHOWN = 2; // concerns in a row; the others are said in its call

class WallCalls extends Light {
  static properties = { wall: { attribute: false }, state: { attribute: false } };

  render() {
    const { floor } = this.state;
    const { rows } = this.wall;
    return html`<section aria-labelledby="calls-title">
      <div class="row head-row">
        <h2 id="calls-title">Calls</h2>
        <p class="quiet">Listening in is shown to the agent and written in the audit log.</p>
      </div>
      ${rows.length
        ? html`<table class="calls" aria-labelledby="calls-title">
            <thead>
              <tr>
                <th scope="col">Caller</th>
                <th scope="col">State</th>
                <th scope="col">Mood</th>
                <th scope="col">Look here</th>
                <th scope="col"><span class="hidden">Listen in</span></th>
              </tr>
            </thead>
            <tbody>
              ${rows.map((row) => this.#row(row))}
            </tbody>
          </table>`
        : html`<p class="quiet empty">${floor ? "No call goes on." : "Connecting to the floor …"}</p>`}
    </section>`;
  }

  #row({ id, call, moods, waited, need, concerns }) {
    const { callId } = this.state;
    const { caller, flow, state, mood, agents } = call;
    const open = id === callId;
    const name = caller || "Unknown number";
    const long = state === "waiting" && waited >= LONG_S;
    return html`<tr data-need=${need >= 5 ? "high" : need > 0 ? "some" : "none"} ?data-open=${open}>
      <th scope="row">
        <button class="link" data-open=${id} aria-expanded=${open} @click=${() => this.wall.open(id)}>${name}</button>
        <span class="quiet">${title(flow)}</span>
      </th>
      <td>
        <span class="when" data-long=${long}>
          ${state === "wrap_up" ? "wrap-up" : standing(state)} <span class="time">${clock(waited)}</span>
        </span>
        ${agents.length ? html`<span class="quiet with">${agents.map(present).join(", ")}</span>` : nothing}
      </td>
      <td class="mood-cell">${mood === null ? html`<span class="quiet">–</span>` : this.#mood(mood, moods)}</td>
      <td>
        <ul class="concerns">
          ${concerns.slice(0, SHOWN).map(({ severity, text }) => html`<li data-severity=${severity}>${sign(severity)}${text}</li>`)}
          ${concerns.length > SHOWN ? html`<li class="more">and ${concerns.length - SHOWN} more</li>` : nothing}
        </ul>
      </td>
      <td class="act">${this.#listen(id, name, state)}</td>
    </tr>`;
  }

  #mood(mood, moods) {
    const how = feeling(mood);
    const line = points(moods.map((value) => ({ mood: value })), WIDTH, HEIGHT);
    const path = line.map(({ x, y }, n) => `${n ? "L" : "M"}${x} ${y}`).join("");
    const last = line.at(-1);
    return html`<span class="row">
      ${face(how)}
      <svg class="moods" viewBox=${`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`} aria-hidden="true">
        ${svg`<path class="calm" d=${`M0 ${HEIGHT / 2}H${WIDTH}`} /><path class="line" d=${path} />`}
        ${last ? svg`<circle cx=${last.x} cy=${last.y} r="2.5" ?data-low=${last.low} />` : nothing}
      </svg>
    </span>`;
  }

  #listen(id, name, state) {
    const { ear, doing } = this.state;
    if (state === "wrap_up") return nothing;
    if (ear.callId === id) return html`<span class="live">● ${ear.phase === "talking" ? "live" : "connecting"}</span>`;
    return html`<button
      class="plain small"
      ?disabled=${doing.length > 0}
      aria-label=${`Listen in to ${name}`}
      @click=${() => this.wall.listen(id)}
    >
      Listen
    </button>`;
  }
}

const SIGNS = { harm: "‼", warning: "!" };
const NAMES = { harm: "severe", warning: "warning" };

/** What the severity is, for who does not see colours, or anything. */
const sign = (severity) =>
  SIGNS[severity]
    ? html`<b aria-hidden="true">${SIGNS[severity]} </b><span class="hidden">${NAMES[severity]}: </span>`
    : nothing;

customElements.define("wall-calls", WallCalls);
