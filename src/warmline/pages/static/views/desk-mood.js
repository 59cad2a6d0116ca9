// Owns how the caller sounds: now, since the beginning, and why.

import { abstention, feeling, points } from "../desk/mood.js";
import { face } from "./desk-signs.js";
import { html, Light, nothing, svg } from "./light.js";

const WIDTH = 240;
const HEIGHT = 48;

class DeskMood extends Light {
  static properties = { moods: { attribute: false } };

  render() {
    const { moods } = this;
    if (!moods.length) return nothing;
    const { mood, trend, reasons, abstained } = moods.at(-1);
    const how = feeling(mood);
    const away = abstention(abstained);
    return html`<section aria-label="Mood">
      <h2>Mood</h2>
      <p class="row mood">
        ${face(how)}
        <svg
          class="gauge"
          viewBox="0 0 120 12"
          data-low=${how.face < 0 || nothing}
          aria-hidden="true"
        >
          <path d="M8 6h104M60 4v4" />
          <circle cx=${60 + mood * 52} cy="6" r="6" />
        </svg>
        <span
          ><b>${how.word}</b
          >${trend === "steady" ? nothing : html`, <span data-trend=${trend}>${trend}</span>`}</span
        >
      </p>
      <svg
        class="moods"
        viewBox=${`-5 -5 ${WIDTH + 10} ${HEIGHT + 10}`}
        role="img"
        aria-label=${`The mood of ${moods.length} turns, now ${mood.toFixed(1)} of -1 to 1`}
      >
        ${this.#line(points(moods, WIDTH, HEIGHT))}
      </svg>
      ${away ? html`<p class="quiet">Last words: ${away}.</p>` : nothing}
      ${reasons.length ? html`<p class="quiet">${reasons.join(", ")}</p>` : nothing}
    </section>`;
  }

  #line(all) {
    const path = all.map(({ x, y }, n) => `${n ? "L" : "M"}${x} ${y}`).join("");
    return svg`<path class="calm" d=${`M0 ${HEIGHT / 2}H${WIDTH}`} />
      <path class="line" d=${path} />
      ${all.map(({ x, y, judged, low }, n) => {
        const last = n === all.length - 1;
        return svg`<circle cx=${x} cy=${y} r=${last ? 4 : 2.5}
          ?data-unjudged=${!judged} ?data-low=${judged && low} />`;
      })}`;
  }
}

customElements.define("desk-mood", DeskMood);
