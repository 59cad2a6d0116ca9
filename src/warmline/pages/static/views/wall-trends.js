// Owns the figures of the last hours: a number and a line each, and all of it as a table.

import { because } from "../desk/words.js";
import { line, MEASURES, shown } from "../wall/trends.js";
import { html, Light, nothing, svg } from "./light.js";

const SPANS = [
  { hours: 8, words: "Last 8 hours" },
  { hours: 24, words: "Last 24 hours" },
  { hours: 168, words: "Last 7 days" },
  { hours: 744, words: "Last 31 days" },
];
const WIDTH = 200;
const HEIGHT = 40;
const HOUR_MS = 3_600_000;

class WallTrends extends Light {
  static properties = { wall: { attribute: false }, stats: { attribute: false }, hours: { attribute: false } };

  shouldUpdate(changed) {
    return changed.has("stats") || changed.has("hours"); // not each second with the rest
  }

  render() {
    const { stats, hours } = this;
    const total = stats?.total;
    return html`<section aria-labelledby="trends-title" class="trends">
      <div class="row head-row">
        <h2 id="trends-title">Trends</h2>
        <div class="select small-select">
          <select aria-label="Time" @change=${({ target }) => this.wall.lookBack(Number(target.value))}>
            ${SPANS.map((span) => html`<option value=${span.hours} ?selected=${span.hours === hours}>${span.words}</option>`)}
          </select>
        </div>
        <p class="quiet">
          ${total ? `${total.calls} calls, ${total.answered} answered by people, ${total.abandoned} gave up, ${total.callbacks} asked to be called.` : ""}
        </p>
      </div>
      <div class="measures">
        ${MEASURES.map((measure) => this.#measure(measure, stats))} ${this.#reasons(total)}
      </div>
      ${stats?.hours.length ? this.#table(stats) : nothing}
    </section>`;
  }

  #measure(measure, stats) {
    return html`<figure>
      <figcaption>${measure.title}</figcaption>
      <p class="value">${shown(measure, stats?.total)}</p>
      ${stats ? this.#line(measure, stats) : nothing}
    </figure>`;
  }

  #line(measure, { since, hours, span }) {
    const begin = Date.parse(since);
    const { runs, top } = line(measure, hours, begin, begin + span * HOUR_MS);
    const at = ({ x, y }) => `${(x * WIDTH).toFixed(1)} ${(y * HEIGHT).toFixed(1)}`;
    // A run of one hour is a dot: a line of no length with round ends.
    const path = runs.map((run) => `M${at(run[0])}L${run.map(at).join("L")}`).join("");
    const of = { [measure.of]: top };
    return html`<svg class="trend" viewBox=${`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`} aria-hidden="true">
      ${svg`<path class="edge" d=${`M0 0H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} /><path class="runs" d=${path} />`}
      <title>${`Up to ${shown(measure, of)}`}</title>
    </svg>`;
  }

  #reasons(total) {
    const reasons = total?.reasons ?? [];
    const most = Math.max(1, ...reasons.map(([, count]) => count));
    return html`<figure class="reasons">
      <figcaption id="reasons-title">Why people were needed</figcaption>
      ${reasons.length
        ? html`<table aria-labelledby="reasons-title">
            <tbody>
              ${reasons.slice(0, 4).map(
                ([reason, count]) => html`<tr>
                  <th scope="row">${because({ reason })}</th>
                  <td class="n">${count}</td>
                  <td aria-hidden="true">
                    <svg class="bar-of" viewBox="0 0 100 8" preserveAspectRatio="none">
                      ${svg`<rect width=${(100 * count) / most} height="8" />`}
                    </svg>
                  </td>
                </tr>`,
              )}
            </tbody>
          </table>`
        : html`<p class="value">–</p>`}
    </figure>`;
  }

  #table({ hours, queues, total }) {
    const rows = [
      ...hours.map(({ hour, ...figures }) => ({ name: time(hour), figures })),
      ...queues.map(({ queue, ...figures }) => ({ name: `Queue ${queue}`, figures })),
      { name: "In all", figures: total },
    ];
    return html`<details>
      <summary>As a table</summary>
      <div class="wide-table" tabindex="0" role="region" aria-label="Figures by hour and by queue">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" class="n">Calls</th>
              ${MEASURES.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ name, figures }) => html`<tr>
                <th scope="row">${name}</th>
                <td class="n">${figures.calls}</td>
                ${MEASURES.map((measure) => html`<td class="n">${shown(measure, figures)}</td>`)}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>`;
  }
}

const time = (hour) =>
  new Date(hour).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });

customElements.define("wall-trends", WallTrends);
