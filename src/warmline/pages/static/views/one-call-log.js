// Owns the log as it is: each entry with its number, its time and its fields.

import { html, Light, nothing } from "./light.js";

const AT_ONCE = 200;
const LATER = ["PartialTranscript", "AgentPartial"]; // said once more when they are final

class OneCallLog extends Light {
  static properties = { events: { attribute: false }, _shown: { state: true } };

  constructor() {
    super();
    this._shown = 0; // none before somebody looks
  }

  #toggled({ target }) {
    if (target.open) this._shown ||= AT_ONCE;
  }

  render() {
    const events = this.events.filter(({ type }) => !LATER.includes(type));
    return html`<details class="log" @toggle=${this.#toggled}>
      <summary>All that happened: ${events.length} entries of the log</summary>
      ${this._shown
        ? html`<div class="wide-table">
              <table>
                <thead>
                  <tr>
                    <th scope="col" class="n">Number</th>
                    <th scope="col" class="n">Second</th>
                    <th scope="col">What</th>
                    <th scope="col">With</th>
                  </tr>
                </thead>
                <tbody>
                  ${events.slice(0, this._shown).map(entry)}
                </tbody>
              </table>
            </div>
            ${events.length > this._shown
              ? html`<button class="plain" @click=${() => (this._shown += AT_ONCE)}>${AT_ONCE} more</button>`
              : nothing}`
        : nothing}
    </details>`;
  }
}

function entry({ seq, at, type, ...fields }) {
  const told = Object.entries(fields).map(([name, value]) => `${name}: ${plain(value)}`);
  return html`<tr>
    <td class="n">${seq}</td>
    <td class="n">${at.toFixed(2)}</td>
    <th scope="row">${type}</th>
    <td>${told.join(" · ")}</td>
  </tr>`;
}

const plain = (value) => (typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : typeof value === "object" ? JSON.stringify(value) : String(value));

customElements.define("one-call-log", OneCallLog);
