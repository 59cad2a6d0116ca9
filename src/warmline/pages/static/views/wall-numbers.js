// Owns the four numbers above all.

import { LONG_S, count } from "../wall/need.js";
import { html, Light } from "./light.js";

class WallNumbers extends Light {
  static properties = { floor: { attribute: false } };

  render() {
    const { floor } = this;
    const { bot, waiting, talking, free } = floor ? count(floor) : {};
    const long = floor?.queues.some(({ longest_s: s }) => s >= LONG_S);
    return html`<dl class="numbers" aria-label="Now">
      ${number("In bot", bot)} ${number("Waiting", waiting, waiting && long)}
      ${number("Talking", talking)} ${number("Agents free", free, waiting && free === 0)}
    </dl>`;
  }
}

const number = (words, value, amber) => html`<div data-amber=${Boolean(amber)}>
  <dt>${words}</dt>
  <dd>${value ?? "–"}</dd>
</div>`;

customElements.define("wall-numbers", WallNumbers);
