// Owns the right column while a call is on: the hint, the mood, the checklist, earlier calls.

import { moment, title } from "../desk/words.js";
import { html, Light, nothing } from "./light.js";
import "./desk-hint.js";
import "./desk-mood.js";

class DeskNow extends Light {
  static properties = { desk: { attribute: false }, state: { attribute: false } };

  render() {
    const { callId, log, floor, earlier } = this.state;
    if (!callId) return html`<aside class="now" aria-label="Now"></aside>`;
    const hint = log.get("hint")?.hint ?? null;
    return html`<aside class="now" aria-label="Now">
      <desk-hint .desk=${this.desk} .hint=${hint} .controls=${Boolean(floor?.controls)}></desk-hint>
      <desk-mood .moods=${log.of("mood")}></desk-mood>
      ${this.#checklist(log.get("checklist")?.items ?? [])} ${this.#earlier(earlier)}
    </aside>`;
  }

  #checklist(items) {
    if (!items.length) return nothing;
    const done = items.filter((item) => item.done).length;
    return html`<section aria-label="Checklist">
      <h2>Checklist <span class="quiet">${done} of ${items.length}</span></h2>
      <ul class="checklist">
        ${items.map((item) => this.#item(item))}
      </ul>
    </section>`;
  }

  #item({ text, done, by, evidence }) {
    const line = done && this.state.log.lineOf(evidence);
    const words = html`<span aria-hidden="true">${done ? "✓" : "○"}</span>
      <span
        >${text}<span class="hidden">${done ? ", done" : ", not yet"}</span
        >${done && by === "bot" ? html` <span class="quiet">by the bot</span>` : nothing}</span
      >`;
    return html`<li data-done=${done}>
      ${
        line
          ? html`<button
              class="link"
              title="Show where it was said"
              @click=${() => this.#jump(line)}
            >
              ${words}
            </button>`
          : html`<span class="row">${words}</span>`
      }
    </li>`;
  }

  #jump(line) {
    this.dispatchEvent(new CustomEvent("jump", { detail: line, bubbles: true }));
  }

  #earlier(calls) {
    if (!calls?.length) return nothing;
    return html`<section aria-label="Earlier calls">
      <h2>Earlier calls</h2>
      <ul class="earlier">
        ${calls.map(
          ({ started_at: at, flow, disposition, summary }) =>
            html`<li>
              <p>
                <b>${moment(at)}</b>
                ${title(flow ?? "")}${disposition ? html` · ${title(disposition)}` : nothing}
              </p>
              ${summary ? html`<p class="quiet">${summary}</p>` : nothing}
            </li>`,
        )}
      </ul>
    </section>`;
  }
}

customElements.define("desk-now", DeskNow);
