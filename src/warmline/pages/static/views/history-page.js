// Owns the page /history: the question, and the calls that answer it.

import { ask, askUser, goSignIn, signOut } from "../account/door.js";
import { because, title } from "../desk/words.js";
import { ending, FIELDS, pathOf, questionOf, REASONS, searchOf } from "../history/question.js";
import { askFlows } from "../phone/door.js";
import { html, Light, nothing } from "./light.js";
import { closed, top } from "./wall-top.js";
import "./history-call.js";

class HistoryPage extends Light {
  static properties = {
    _user: { state: true },
    _flows: { state: true },
    _calls: { state: true }, // null before the first answer
    _next: { state: true }, // `before` of the next page; null on the last one
    _busy: { state: true },
    _wrong: { state: true },
  };

  #question = questionOf(location.search);
  #asked = 0; // counts the questions: a late answer to an old one is none

  constructor() {
    super();
    this._user = this._calls = this._next = null;
    this._flows = [];
    this._busy = false;
    this._wrong = "";
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener("popstate", () => {
      this.#question = questionOf(location.search);
      this.#fill();
      this.#search();
    });
    this.#start();
  }

  async #start() {
    try {
      this._user = await askUser();
    } catch (error) {
      return (this._wrong = error.message);
    }
    if (!this._user) return goSignIn();
    if (!this._user.roles.includes("supervisor")) return;
    this._flows = await askFlows().then(({ flows }) => flows, () => []);
    await this.updateComplete;
    this.#fill();
    await this.#search();
  }

  /** The form as the question is: the browser's own memory of forms is another one. */
  #fill() {
    for (const field of FIELDS) this.querySelector(`[name=${field}]`).value = this.#question[field];
  }

  #submit(event) {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.target));
    this.#question = questionOf(new URLSearchParams(said));
    history.pushState(null, "", `/history${searchOf(this.#question)}`);
    this.#search();
  }

  #clear() {
    this.#question = questionOf("");
    this.#fill();
    history.pushState(null, "", "/history");
    this.#search();
    this.querySelector("[name=q]").focus();
  }

  #search() {
    this._next = null;
    return this.#ask(() => []);
  }

  async #older() {
    const shown = this._calls.length;
    await this.#ask((calls) => calls, this._next);
    await this.updateComplete;
    this.querySelectorAll("history-call a.call")[shown]?.focus();
  }

  async #ask(kept, before = "") {
    const number = (this.#asked += 1);
    this._busy = true;
    this._wrong = "";
    try {
      const { calls, next } = await ask("GET", pathOf(this.#question, before));
      if (number !== this.#asked) return;
      this._calls = [...kept(this._calls), ...calls];
      this._next = next;
    } catch (error) {
      if (error.status === 401) return goSignIn();
      if (number === this.#asked) this._wrong = error.message;
    }
    this._busy = this._busy && number !== this.#asked;
  }

  async #leave() {
    await signOut().catch(() => {});
    goSignIn();
  }

  render() {
    const user = this._user;
    const inside = user?.roles.includes("supervisor") ? this.#inside() : nothing;
    return html`
      ${top({ user, here: "/history", leave: () => this.#leave() })}
      ${user && inside === nothing
        ? closed(user)
        : html`<main class="pages">
            <h1 class="hidden">History</h1>
            <div role="alert">${this._wrong ? html`<p class="notice bad">${this._wrong}</p>` : nothing}</div>
            ${inside}
          </main>`}
    `;
  }

  #inside() {
    const option = (value, words) => html`<option value=${value}>${words}</option>`;
    const queues = [...new Set((this._calls ?? []).map(({ queue }) => queue).filter(Boolean))].sort();
    return html`
      <form class="search" role="search" @submit=${this.#submit}>
        <label class="words">Words that were said <input name="q" maxlength="200" autocomplete="off" /></label>
        <label>Flow
          <span class="select"><select name="flow">
            ${option("", "All flows")} ${this._flows.map(({ name, title: words }) => option(name, words))}
          </select></span>
        </label>
        <label>Queue <input name="queue" list="queues" maxlength="64" autocomplete="off" placeholder="All queues" /></label>
        <label>Reason
          <span class="select"><select name="reason">
            ${option("", "All reasons")}
            <optgroup label="A person was needed: caller …">
              ${REASONS.needs.map((reason) => option(reason, because({ reason })))}
            </optgroup>
            <optgroup label="The call ended: …">${REASONS.ends.map((reason) => option(reason, ending(reason)))}</optgroup>
          </select></span>
        </label>
        <button class="main">Search</button>
        <button type="button" class="plain" @click=${this.#clear}>Clear</button>
        <datalist id="queues">${queues.map((queue) => html`<option value=${queue}>${title(queue)}</option>`)}</datalist>
      </form>
      <p class="quiet" role="status">${this.#status()}</p>
      <ol class="found" aria-label="Calls" aria-busy=${this._busy}>
        ${(this._calls ?? []).map((call) => html`<li><history-call .past=${call}></history-call></li>`)}
      </ol>
      ${this._next
        ? html`<button class="plain older" ?disabled=${this._busy} @click=${() => this.#older()}>Older calls</button>`
        : nothing}
    `;
  }

  #status() {
    if (this._busy) return "Searching …";
    const calls = this._calls;
    if (!calls) return "";
    const { q } = this.#question;
    const where = q ? ` with “${q}”` : "";
    if (!calls.length) return `No call${where || " yet"}.`;
    return `${this._next ? "The newest " : ""}${calls.length} ${calls.length === 1 ? "call" : "calls"}${where}. Words of calls that go on are not found yet.`;
  }
}

customElements.define("history-page", HistoryPage);
