// Owns the player: its buttons, and the picture of the call by which one goes to a moment.

import { LANE, lineAt, loudest, marks, MOOD, moodLine, place, spans, wave, WIDTH } from "../one-call/plot.js";
import { RATES } from "../one-call/player.js";
import { PEAK_S } from "../one-call/sound.js";
import { clock } from "../words.js";
import { html, Light, nothing, svg } from "./light.js";

const STEP_S = 5;

class OneCallPlayer extends Light {
  static properties = {
    call: { attribute: false },
    state: { attribute: false },
    version: { attribute: false }, // of the log
    time: { attribute: false },
  };

  #drawn = { of: [], picture: nothing };

  render() {
    const { call, state } = this;
    const { recording } = state;
    return html`<section class="player" aria-label="Recording">
      ${recording.recorded ? this.#controls(call) : html`<p class="quiet">${recording.words}</p>`}
      ${this.#plot(call, state)}
    </section>`;
  }

  #controls({ player, seconds }) {
    const { call } = this;
    const { time, soundWords } = this.state;
    return html`<div class="row">
      <button class="main" @click=${() => call.toggle()}>${player.playing ? "Pause" : "Play"}</button>
      <button class="plain" aria-label="5 seconds back" @click=${() => call.seek(time - STEP_S)}>−5 s</button>
      <button class="plain" aria-label="5 seconds on" @click=${() => call.seek(time + STEP_S)}>+5 s</button>
      <span class="select small-select">
        <select aria-label="Speed" @change=${({ target }) => (player.rate = Number(target.value))}>
          ${RATES.map((rate) => html`<option value=${rate} ?selected=${rate === player.rate}>${rate} ×</option>`)}
        </select>
      </span>
      <span class="time" role="timer" aria-label="Moment">${clock(time)} of ${clock(seconds)}</span>
      <span class="quiet">${soundWords || "The caller is left, all others are right. Each hearing is written in the audit log."}</span>
    </div>`;
  }

  #plot(call, { log, time, sound, recording }) {
    const { seconds } = call;
    const x = place(time, seconds);
    return html`<div class="plot">
      <span class="lane-name">Caller</span>
      <span class="lane-name">Bot and agents</span>
      <span class="lane-name">Mood</span>
      <svg viewBox=${`0 0 ${WIDTH} ${2 * LANE + MOOD}`} preserveAspectRatio="none" aria-hidden="true">
        ${this.#picture(log, sound, seconds)}
        ${recording.recorded ? svg`<path class="now" d=${`M${x} 0V${2 * LANE + MOOD}`} />` : nothing}
      </svg>
      ${recording.recorded
        ? html`<input
            type="range"
            min="0"
            max=${Math.max(1, Math.ceil(seconds))}
            step="1"
            aria-label="Moment of the call"
            aria-valuetext=${this.#said(log, time, seconds)}
            .value=${String(Math.floor(time))}
            @input=${({ target }) => call.seek(Number(target.value))}
          />`
        : nothing}
    </div>`;
  }

  #said(log, time, seconds) {
    const line = lineAt(log.of("line"), time);
    return `${clock(time)} of ${clock(seconds)}${line ? `, ${line.name}: ${line.text}` : ""}`;
  }

  /** Drawn anew only when something of it changed, not with each step of the player. */
  #picture(log, sound, seconds) {
    const of = [log, log.version, sound, seconds];
    if (of.every((each, n) => each === this.#drawn.of[n])) return this.#drawn.picture;
    const lines = log.of("line");
    const full = sound ? loudest(sound.tracks) : 1;
    const lane = (caller, top) => {
      const track = sound?.tracks[caller ? 0 : 1];
      const kind = caller ? "caller" : "others";
      const said = spans(lines, caller, seconds).map(
        ({ x, width }) => svg`<rect class="span" x=${x} y="4" width=${width} height=${LANE - 8} rx="2" />`,
      );
      return svg`<g class=${kind} transform=${`translate(0 ${top})`}>
        ${said}
        ${track ? svg`<path class="wave" d=${wave(track, PEAK_S, seconds, full)} />` : nothing}
      </g>`;
    };
    const picture = svg`${lane(true, 0)}${lane(false, LANE)}
      ${marks(log.of("event").filter(joins), seconds).map(({ x }) => svg`<path class="mark" d=${`M${x} 0V${2 * LANE}`} />`)}
      <g transform=${`translate(0 ${2 * LANE})`}>${mood(moodLine(log.of("mood"), seconds))}</g>`;
    this.#drawn = { of, picture };
    return picture;
  }
}

/** Where somebody came or the call went to somebody. */
const joins = ({ text }) => /^Handed to | joined/.test(text);

/** Dots are lines of no length with round ends: the picture is stretched, and they stay round. */
function mood(points) {
  const path = points.map(({ x, y }, n) => `${n ? "L" : "M"}${x} ${y}`).join("");
  const dots = points.filter(({ judged }) => judged);
  return svg`<path class="calm" d=${`M0 ${MOOD / 2}H${WIDTH}`} />
    <path class="felt" d=${path} />
    ${dots.map(({ x, y, low }) => svg`<path class="dot-of" ?data-low=${low} d=${`M${x} ${y}h0`} />`)}`;
}

customElements.define("one-call-player", OneCallPlayer);
