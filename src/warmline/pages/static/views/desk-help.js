// Owns the list of keys, and whether single letters act: who speaks to the computer may not want it.

import { KEYS } from "../desk/keys.js";
import { html, Light } from "./light.js";

class DeskHelp extends Light {
  static properties = { letters: { attribute: false } };

  open() {
    this.querySelector("dialog").showModal();
  }

  #letters({ target }) {
    this.dispatchEvent(new CustomEvent("letters", { detail: target.checked }));
  }

  render() {
    return html`<dialog aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        ${KEYS.map(
          ({ key, words }) =>
            html`<div>
              <dt><kbd>${key === "enter" ? "Enter" : key.toUpperCase()}</kbd></dt>
              <dd>${words}</dd>
            </div>`,
        )}
        <div>
          <dt><kbd>↑</kbd> <kbd>↓</kbd></dt>
          <dd>From line to line in the transcript; Enter plays it</dd>
        </div>
      </dl>
      <label class="check">
        <input type="checkbox" .checked=${this.letters} @change=${this.#letters} />
        Single keys act while nothing is being written
      </label>
      <div class="buttons">
        <button class="plain" @click=${({ target }) => target.closest("dialog").close()}>
          Close
        </button>
      </div>
    </dialog>`;
  }
}

customElements.define("desk-help", DeskHelp);
