// Owns a question with a list of answers and perhaps a note: whom to transfer to, where to go back.

import { html, Light, nothing } from "./light.js";

class DeskChoice extends Light {
  static properties = { question: { attribute: false }, _chosen: { state: true } };

  #answer = null;

  /**
   * Asks {title, options: [{value, label, detail}], note, button, empty}; resolves to {value, note},
   * or null when the agent thought better of it. Without options it is a question of yes or no.
   */
  async ask(question) {
    this.#answer?.(null);
    this.question = question;
    this._chosen = question.options?.[0]?.value ?? null;
    await this.updateComplete;
    const dialog = this.querySelector("dialog");
    dialog.querySelector("form").reset();
    dialog.showModal();
    const first = dialog.querySelector("input");
    if (first) first.checked = true;
    (first ?? dialog.querySelector(".main"))?.focus();
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #submit(event) {
    event.preventDefault();
    const note = event.target.querySelector("textarea")?.value.trim() ?? "";
    this.#close({ value: this._chosen, note });
  }

  #close(answer) {
    const dialog = this.querySelector("dialog");
    dialog.close();
    // Where nothing had the focus before, a browser leaves it here a moment, and a key is lost.
    const { activeElement } = this.getRootNode();
    if (dialog.contains(activeElement)) activeElement.blur();
    this.#answer?.(answer);
    this.#answer = null;
  }

  render() {
    const {
      title = "",
      text = "",
      options = [],
      note = false,
      button = "",
      empty = "",
      harm = false,
    } = this.question ?? {};
    const nobody = empty && !options.length;
    return html`<dialog
      aria-labelledby="choice-title"
      @cancel=${() => this.#close(null)}
      @close=${({ target }) => target.open || this.#close(null)}
    >
      <form @submit=${this.#submit}>
        <h2 id="choice-title">${title}</h2>
        ${text ? html`<p>${text}</p>` : nothing}
        ${nobody ? html`<p class="quiet">${empty}</p>` : nothing}
        <div class="options">
          ${options.map(
            ({ value, label, detail }) =>
              html`<label class="option">
                <input
                  type="radio"
                  name="choice"
                  value=${value}
                  @change=${() => (this._chosen = value)}
                />
                <span>${label}</span> <span class="quiet">${detail}</span>
              </label>`,
          )}
        </div>
        ${
          note && !nobody
            ? html`<label class="field"
                >Note for them <textarea name="note" rows="2" maxlength="200"></textarea>
              </label>`
            : nothing
        }
        <div class="buttons">
          ${nobody ? nothing : html`<button class=${harm ? "main harm" : "main"}>${button}</button>`}
          <button type="button" class="plain" @click=${() => this.#close(null)}>
            ${nobody ? "Close" : "Cancel"}
          </button>
        </div>
      </form>
    </dialog>`;
  }
}

customElements.define("desk-choice", DeskChoice);
