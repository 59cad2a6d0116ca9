// Owns the whole handoff packet: on the offer's card, and below the strip when it is opened.

import { factsOf, identityOf, intentOf, openOf } from "../desk/packet.js";
import { mark } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";

class DeskPacket extends Light {
  static properties = { packet: { attribute: false } };

  render() {
    const { packet } = this;
    const who = identityOf(packet);
    const wish = intentOf(packet);
    return html`<dl class="packet">
      ${row("Caller", html`${who.name} ${mark(who)}`)}
      ${row("Wants", wish && html`${wish.text} ${wish.verified ? mark({ sure: true, words: "confirmed" }) : nothing}`)}
      ${row("In short", texts(packet.summary?.map(({ text }) => text)))}
      ${row("Known", list(factsOf(packet).map((fact) => html`${fact.label} <b>${fact.value}</b> ${mark(fact)}`)))}
      ${row("Open", list(openOf(packet).map(({ label, words }) => html`${label}: ${words}`)))}
      ${row("Did not work", list(packet.failures?.map(({ text }) => text)))}
      ${row("Last words", texts(packet.last_words?.map(({ text }) => `“${text}”`)))}
      ${row("Agreed to", list(packet.consents?.map(consent)))}
      ${row("Was told", list(packet.disclosures?.map(disclosure)))}
      ${row("You may say", packet.opening && html`<q>${packet.opening}</q>`)}
    </dl>`;
  }
}

const row = (name, inside) =>
  inside
    ? html`<div>
        <dt>${name}</dt>
        <dd>${inside}</dd>
      </div>`
    : nothing;

const list = (items = []) =>
  items.length
    ? html`<ul>
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`
    : null;

const texts = (items = []) => (items.length ? items.join(" ") : null);

const consent = ({ purpose, granted }) => `${purpose}: ${granted ? "yes" : "no"}`;

const disclosure = ({ text, complete }) =>
  complete ? `“${text}”` : `“${text}” (cut off: it does not count)`;

customElements.define("desk-packet", DeskPacket);
