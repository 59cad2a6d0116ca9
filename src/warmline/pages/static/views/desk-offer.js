// Owns the card of a caller who is offered: the packet before the decision, and the time for it.

import { left, since } from "../desk/clock.js";
import { because, title } from "../desk/words.js";
import { clock } from "../words.js";
import { keyName } from "../desk/keys.js";
import { key } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";
import "./desk-packet.js";

class DeskOffer extends Light {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    offer: { attribute: false },
  };

  render() {
    const { desk, offer } = this;
    const { doing, floor, connection } = this.state;
    const rest = Math.ceil(left(floor, offer.expires_s));
    const dead = !floor.controls || connection !== "open" || rest === 0;
    const head =
      offer.role === "consult"
        ? "A colleague asks for advice"
        : `A caller for ${title(offer.queue)}`;
    return html`<section class="centre offer" aria-label="Offer">
      <div class="card">
        <div class="row">
          <h1>${head}</h1>
          <p class="time" role="timer" aria-label="Time to accept">${rest} s</p>
        </div>
        <progress max="20" value=${rest} aria-hidden="true"></progress>
        <p>
          ${offer.caller || "Unknown number"}, waiting ${clock(since(floor, offer.since_s))}:
          ${because(offer)}
        </p>
        <div class="buttons">
          <button
            class="main"
            aria-keyshortcuts="A"
            ?disabled=${dead}
            @click=${() => desk.accept()}
          >
            ${doing.includes("accept") ? "Accepting …" : "Accept"} ${key(keyName("accept"))}
          </button>
          <button class="plain" ?disabled=${dead} @click=${() => desk.decline()}>Decline</button>
        </div>
        ${offer.packet ? html`<desk-packet .packet=${offer.packet}></desk-packet>` : nothing}
      </div>
    </section>`;
  }
}

customElements.define("desk-offer", DeskOffer);
