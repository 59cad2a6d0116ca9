// Owns the strip above the call: why it is here, what is sure, what is not, what is open. Each part
// leads to the line that shows it.

import { factsOf, identityOf, intentOf, openOf } from "../desk/packet.js";
import { because } from "../desk/words.js";
import { mark } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";
import "./desk-packet.js";

class DeskStrip extends Light {
  static properties = {
    packet: { attribute: false },
    log: { attribute: false },
    _open: { state: true },
  };

  constructor() {
    super();
    this._open = false;
  }

  render() {
    const { packet } = this;
    const { why } = packet;
    const wish = intentOf(packet);
    const who = identityOf(packet);
    return html`<section class="strip" aria-label="What is known">
      <ul>
        ${
          why
            ? html`<li class="why">
                Handed over:
                ${this.#part(why, html`<strong>${because({ why: why.why, reason: why.reason })}</strong>`)}
              </li>`
            : nothing
        }
        ${wish ? html`<li>${this.#part(wish, html`wants ${wish.text}`)}</li>` : nothing}
        <li data-sure=${who.sure}>${who.name} ${mark(who)}</li>
        ${factsOf(packet).map(
          (fact) =>
            html`<li data-sure=${fact.sure}>
              ${this.#part(fact.item, html`${fact.label} <b>${fact.value}</b>`)} ${mark(fact)}
            </li>`,
        )}
        ${openOf(packet).map(
          ({ label, words, item }) =>
            html`<li class="open">${this.#part(item, html`${label}`)} <span>${words}</span></li>`,
        )}
      </ul>
      <button
        class="plain small"
        aria-expanded=${this._open}
        @click=${() => (this._open = !this._open)}
      >
        ${this._open ? "Less" : "All"}
      </button>
      ${this._open ? html`<desk-packet .packet=${packet}></desk-packet>` : nothing}
    </section>`;
  }

  #part(item, inside) {
    const line = this.log.lineOf(item);
    return line
      ? html`<button class="link" title="Show where it was said" @click=${() => this.#jump(line)}>
          ${inside}
        </button>`
      : inside;
  }

  #jump(line) {
    this.dispatchEvent(new CustomEvent("jump", { detail: line, bubbles: true }));
  }
}

customElements.define("desk-strip", DeskStrip);
