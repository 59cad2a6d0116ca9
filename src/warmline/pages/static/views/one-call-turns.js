// Owns the list of the caller's turns: what each answer waited for, and a test made of a turn.

import { PARTS, told } from "../one-call/turns.js";
import { clock } from "../words.js";
import { html, Light, nothing, svg } from "./light.js";

const SLOW_S = 1; // an answer that people notice as late
const FULL_S = 2; // the width of the bars; longer ones fill it

class OneCallTurns extends Light {
  static properties = {
    call: { attribute: false },
    turns: { attribute: false },
    recorded: { attribute: false },
    _said: { state: true },
  };

  constructor() {
    super();
    this._said = "";
  }

  render() {
    const { turns } = this;
    return html`<section aria-labelledby="turns-title">
      <h2 id="turns-title">Turns and waits</h2>
      ${turns.length
        ? html`<p class="legend" aria-hidden="true">
              ${PARTS.map(({ name }, n) => (this.#occurs(n) ? html`<span><i data-part=${n}></i>${name}</span>` : nothing))}
            </p>
            <ol class="turns">
              ${turns.map((turn) => this.#turn(turn))}
            </ol>`
        : html`<p class="quiet">No words of the caller were understood.</p>`}
      <p class="hidden" role="status">${this._said}</p>
    </section>`;
  }

  #occurs(part) {
    return this.turns.some(({ waits }) => waits?.parts[part].seconds > 0);
  }

  #turn({ turn, begin, text, flow, waits, why }) {
    return html`<li>
      <p class="row">
        ${this.recorded
          ? html`<button class="link time" aria-label=${`Hear turn ${turn} at ${clock(begin)}`} @click=${() => this.call.hear(begin)}>
              ${clock(begin)}
            </button>`
          : html`<span class="time">${clock(begin)}</span>`}
        <q>${text}</q>
        ${flow
          ? html`<button class="plain small" aria-label=${`Make a test of turn ${turn}`} @click=${() => this.#save(turn)}>
              Make a test
            </button>`
          : nothing}
      </p>
      ${waits
        ? html`${this.#bar(waits)}
            <p class="quiet" data-long=${waits.total >= SLOW_S}>${told(waits)}</p>
            <p class="quiet">Mostly: ${why}.</p>`
        : html`<p class="quiet">${flow ? "No answer was measured." : "Said while a person was awaited, or to one."}</p>`}
    </li>`;
  }

  #bar({ parts }) {
    let x = 0;
    return html`<svg class="waits" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      ${parts.map(({ seconds }, n) => {
        const width = Math.min(100 - x, (100 * seconds) / FULL_S);
        x += width;
        return svg`<rect data-part=${n} x=${x - width} width=${Math.max(0, width)} height="6" />`;
      })}
    </svg>`;
  }

  #save(turn) {
    const { name, text } = this.call.example(turn);
    const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this._said = `${name} is in your downloads. It holds what the caller said.`;
  }
}

customElements.define("one-call-turns", OneCallTurns);
