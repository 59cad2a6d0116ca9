// Owns the right column after a call: the drafted summary and perhaps a second one, how it ended,
// notes, fields, Done.

import { left } from "../desk/clock.js";
import { title } from "../desk/words.js";
import { clock } from "../words.js";
import { html, Light, nothing } from "./light.js";

class DeskWrapUp extends Light {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    _mine: { state: true },
  };

  #focused = false;

  constructor() {
    super();
    this._mine = null; // the summary as it was before the second draft took its place
  }

  updated() {
    const first = this.querySelector("h1");
    if (this.#focused || !first) return;
    this.#focused = true;
    first.focus();
  }

  async #done(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const { fields = {} } = this.state.wrapup;
    await this.desk.talk.finish({
      disposition: form.get("disposition"),
      summary: form.get("summary"),
      notes: form.get("notes"),
      resolved: { yes: true, no: false }[form.get("resolved")] ?? null,
      fields: Object.fromEntries(
        Object.keys(fields).map((name) => [name, form.get(`field-${name}`)]),
      ),
    });
  }

  render() {
    const { wrapup, floor, doing } = this.state;
    const { expires_s: expires } = floor.assignment;
    const rest = Number.isFinite(expires) ? left(floor, expires) : null;
    return html`<aside class="now wrapup" aria-label="Wrap-up">
      <div class="row">
        <h1 tabindex="-1">Wrap-up</h1>
        ${rest === null ? nothing : html`<span class="quiet time">${clock(rest)} left</span>`}
      </div>
      ${
        wrapup?.dispositions
          ? html`<form @submit=${this.#done}>
              ${this.#fields(wrapup)}
              <div class="buttons">
                <button class="main" ?disabled=${!floor.controls || doing.includes("wrapup")}>
                  ${doing.includes("wrapup") ? "Sending …" : "Done"}
                </button>
              </div>
            </form>`
          : html`<p class="quiet">The summary is being drafted …</p>`
      }
    </aside>`;
  }

  /** Drawn from the draft once; what is written in them afterwards is the agent's. */
  #fields({ summary, dispositions, fields }) {
    return html`
      <label class="field"
        >How did it end?
        <span class="select">
          <select name="disposition" required>
            <option value="">Choose …</option>
            ${dispositions.map((name) => html`<option value=${name}>${title(name)}</option>`)}
          </select>
        </span>
      </label>
      <div class="field row" role="radiogroup" aria-labelledby="solved">
        <span id="solved">Is it solved?</span>
        <label class="option"><input type="radio" name="resolved" value="yes" /> Yes</label>
        <label class="option"><input type="radio" name="resolved" value="no" /> No</label>
      </div>
      <label class="field"
        >Summary <span class="quiet">a draft: change what is wrong</span>
        <textarea name="summary" rows="6" .value=${summary ?? ""}></textarea>
      </label>
      ${this.#second(this.state.second)}
      <label class="field">Notes <textarea name="notes" rows="2"></textarea></label>
      ${Object.entries(fields ?? {}).map(
        ([name, value]) =>
          html`<label class="field"
            >${title(name)}
            <input name=${`field-${name}`} .value=${String(value ?? "")} autocomplete="off" />
          </label>`,
      )}
    `;
  }

  #second(second) {
    if (!second) return nothing;
    if (!second.text) return html`<p class="quiet">A language model drafts a second one …</p>`;
    return html`<section class="second" aria-labelledby="second-title">
      <h2 id="second-title">Second draft by a language model: check it</h2>
      <ul>
        ${second.sentences.map((sentence) => html`<li>${this.#sentence(sentence)}</li>`)}
      </ul>
      <button type="button" class="plain small" @click=${() => this.#take(second.text)}>
        ${this._mine === null ? "Take it" : "Put mine back"}
      </button>
    </section>`;
  }

  /** Leads to the first line that shows it. */
  #sentence({ text, lines }) {
    const { log } = this.state;
    const line = lines.map((seq) => log.lineOf(seq)).find(Boolean);
    if (!line) return text;
    const jump = () => this.dispatchEvent(new CustomEvent("jump", { detail: line, bubbles: true }));
    return html`<button type="button" class="link" title="Show where it was said" @click=${jump}>
      ${text}
    </button>`;
  }

  #take(text) {
    const field = this.querySelector("textarea[name=summary]");
    [field.value, this._mine] = this._mine === null ? [text, field.value] : [this._mine, null];
  }
}

customElements.define("desk-wrapup", DeskWrapUp);
