// Owns the one hint that is to be seen.

import { keyName } from "../desk/keys.js";
import { key } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";

const WEB = /^(https?:\/\/|\/)/; // what a hint may link to

class DeskHint extends Light {
  static properties = {
    desk: { attribute: false },
    hint: { attribute: false },
    controls: { attribute: false },
    _answered: { state: true },
  };

  constructor() {
    super();
    this._answered = "";
  }

  /** `useHint` or `dismissHint`, by key or by click. */
  async act(action) {
    if (!this.hint || !this.controls || this._answered === this.hint.hint) return;
    const { hint } = this.hint;
    this._answered = hint;
    const done = await this.desk.talk.hint(hint, action === "useHint" ? "used" : "dismissed");
    if (!done) this._answered = "";
  }

  render() {
    const { hint } = this;
    return html`<section aria-label="Say next">
      <h2>Say next</h2>
      ${
        hint && hint.hint !== this._answered
          ? this.#card(hint)
          : html`<p class="quiet empty">Hints for what is said appear here.</p>`
      }
    </section>`;
  }

  #card({ title, text, source, link, compliance }) {
    const from =
      link && WEB.test(link)
        ? html`<a href=${link} target="_blank" rel="noreferrer">${source}</a>`
        : source;
    return html`<article class="hint" data-compliance=${compliance}>
      ${compliance ? html`<p class="must">! Must be said</p>` : nothing}
      <h3>${title}</h3>
      <p>${text}</p>
      <p class="quiet">From ${from}</p>
      <div class="buttons">
        <button
          class="main small"
          aria-keyshortcuts="U"
          ?disabled=${!this.controls}
          @click=${() => this.act("useHint")}
        >
          Use ${key(keyName("useHint"))}
        </button>
        <button
          class="plain small"
          aria-keyshortcuts="D"
          ?disabled=${!this.controls}
          @click=${() => this.act("dismissHint")}
        >
          Dismiss ${key(keyName("dismissHint"))}
        </button>
      </div>
    </article>`;
  }
}

customElements.define("desk-hint", DeskHint);
