// Owns the start page: where to go, which flows there are, how the server is.

import { askFlows } from "../phone/door.js";
import { callSign, deskSign, wallSign } from "./icons.js";
import { html, Light, nothing } from "./light.js";

const LOOK_MS = 10_000;

class StartPage extends Light {
  static properties = { _list: { state: true }, _health: { state: true } };

  constructor() {
    super();
    this._list = null;
    this._health = { state: "unknown", words: "Asking the server how it is …" };
  }

  connectedCallback() {
    super.connectedCallback();
    this.#look();
    setInterval(() => document.hidden || this.#look(), LOOK_MS);
  }

  async #look() {
    this._health = await health();
    try {
      this._list = await askFlows();
    } catch {
      this._list ??= null; // the health line says that the server does not answer
    }
  }

  render() {
    const { flows = [], configuration = "", version = "" } = this._list ?? {};
    return html`
      <header><span class="brand">Warmline</span></header>
      <main class="wide">
        <h1>A voice line that you host yourself</h1>
        <nav class="cards" aria-label="Pages">
          ${card("Call", callSign, "Talk with a flow from this browser.", "/call")}
          ${card("Desk", deskSign, "Take calls over from the bot, with all that was said.", "/desk")}
          ${card("Wall", wallSign, "See all calls, who waits and who needs help; listen in.", "/wall")}
        </nav>
        <h2>Flows</h2>
        <ul class="flows">
          ${flows.map(
            ({ name, title, description }) => html`<li>
              <a href=${`/call?flow=${encodeURIComponent(name)}`}>${title}</a>
              <p class="quiet">${description}</p>
            </li>`,
          )}
        </ul>
        <h2>Server</h2>
        <p class="health" role="status" data-state=${this._health.state}>${this._health.words}</p>
        <p class="quiet">
          ${configuration} <code>warmline config</code> prints every setting${
            version ? html`; this is version ${version}` : nothing
          }.
        </p>
      </main>
    `;
  }
}

const card = (title, sign, words, href) =>
  html`<a class="card" href=${href}>${sign}<strong>${title}</strong><span>${words}</span></a>`;

/** {state: "ok" | "waiting" | "bad", words}, from /readyz. */
async function health() {
  let state;
  try {
    const response = await fetch("/readyz", { signal: AbortSignal.timeout(5_000) });
    state = await response.json();
  } catch {
    return { state: "bad", words: "The server does not answer." };
  }
  if (state.ready) return { state: "ok", words: "Ready for calls." };
  const away = Object.keys(state.workers ?? {}).filter((name) => !state.workers[name]);
  const parts = away.map((name) => `${name} not ready`);
  if (state.records && state.records.state !== "ok") parts.push("the record cannot be written");
  return { state: "waiting", words: `Not ready: ${parts.join(", ") || "still starting"}.` };
}

customElements.define("start-page", StartPage);
