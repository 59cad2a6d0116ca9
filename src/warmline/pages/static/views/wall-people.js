// Owns the queues and the agents of the floor.

import { since } from "../desk/clock.js";
import { presence, title } from "../desk/words.js";
import { LONG_S } from "../wall/need.js";
import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";

const GOOD = 0.8; // of the callers answered in time: the industry's usual aim
const ORDER = ["available", "busy", "wrap_up", "away", "unreachable"];

class WallPeople extends Light {
  /** `ticks` changes each second: times go on. */
  static properties = { floor: { attribute: false }, ticks: { attribute: false } };

  render() {
    const { floor } = this;
    return html`<section aria-labelledby="queues-title">
        <h2 id="queues-title">Queues</h2>
        ${floor?.queues.length ? this.#queues(floor) : html`<p class="quiet">There is no queue.</p>`}
      </section>
      <section aria-labelledby="agents-title">
        <h2 id="agents-title">Agents</h2>
        ${floor?.agents.length ? this.#agents(floor) : html`<p class="quiet">No agent is signed in.</p>`}
      </section>`;
  }

  #queues(floor) {
    return html`<table class="queues" aria-labelledby="queues-title">
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col" class="n">Waiting</th>
          <th scope="col" class="n">Longest</th>
          <th scope="col" class="n">In time</th>
          <th scope="col" class="n">Free</th>
        </tr>
      </thead>
      <tbody>
        ${floor.queues.map(({ name, open, waiting, longest_s: longest, service_level: level, agents_free: free }) => {
          const waits = waiting ? since(floor, longest) : 0;
          return html`<tr>
            <th scope="row">${title(name)}${open ? nothing : html` <span class="quiet">closed</span>`}</th>
            <td class="n">${waiting}</td>
            <td class="n time" data-long=${waits >= LONG_S}>${waiting ? clock(waits) : "–"}</td>
            <td class="n" data-long=${level !== null && level < GOOD}>
              ${Number.isFinite(level) ? `${Math.round(level * 100)} %` : "–"}
            </td>
            <td class="n" data-long=${waiting > 0 && free === 0}>${free}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  #agents(floor) {
    const rank = ({ state }) => ORDER.indexOf(state);
    const agents = [...floor.agents].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
    return html`<table class="agents" aria-labelledby="agents-title">
      <thead class="hidden-head">
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">State</th>
          <th scope="col" class="n">Since</th>
        </tr>
      </thead>
      <tbody>
        ${agents.map(
          ({ name, state, since_s: lasted, queues }) => html`<tr>
            <th scope="row" title=${queues.length ? queues.map(title).join(", ") : "All queues"}>${name}</th>
            <td><span class="presence" data-state=${state}>${presence(state)}</span></td>
            <td class="n time">${clock(since(floor, lasted))}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

customElements.define("wall-people", WallPeople);
