// Owns the view before a call: choose a conversation, test the microphone, call.

import { callSign } from "./icons.js";
import { html, Light } from "./light.js";
import "./microphone-test.js";

class CallBefore extends Light {
  static properties = {
    flows: { attribute: false },
    flow: { attribute: false },
    captions: { attribute: false },
    microphone: { attribute: false },
  };

  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true }));
  }

  render() {
    const chosen = this.flows.find(({ name }) => name === this.flow);
    return html`
      <h1 tabindex="-1">Call</h1>
      <div class="field">
        <label for="flow">Conversation</label>
        <div class="select">
          <select id="flow" aria-describedby="about" @change=${this.#chosen}>
            ${this.flows.map(
              ({ name, title }) =>
                html`<option value=${name} ?selected=${name === this.flow}>${title}</option>`,
            )}
          </select>
        </div>
        <p id="about" class="quiet">${chosen?.description ?? ""}</p>
      </div>
      <microphone-test .microphone=${this.microphone}></microphone-test>
      <label class="check">
        <input type="checkbox" .checked=${this.captions} @change=${this.#captioned} />
        Show captions of what both of you say
      </label>
      <div class="center">
        <button class="round call" @click=${() => this.#tell("call")}>
          ${callSign}<span class="hidden">Call</span>
        </button>
        <p class="quiet">
          You talk with a machine. Say “agent” or press * at any time to ask for a person.
        </p>
      </div>
    `;
  }

  #chosen({ target }) {
    this.#tell("choose", target.value);
  }

  #captioned({ target }) {
    this.#tell("captions", target.checked);
  }
}

customElements.define("call-before", CallBefore);
