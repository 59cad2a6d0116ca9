// Owns the figures of the last hours: what they are called, how they are read, where their lines
// run. Pure.

const percent = (share) => `${Math.round(share * 100)} %`;
const seconds = (value) => (value < 90 ? `${Math.round(value)} s` : `${(value / 60).toFixed(1)} min`);
const milliseconds = (value) => `${(value / 1000).toFixed(2)} s`;

/** In the order in which they are shown. `of` is a field of the server's figures. */
export const MEASURES = [
  { of: "contained", title: "Solved by the bot", show: percent, most: 1 },
  { of: "escalated", title: "Handed to people", show: percent, most: 1 },
  { of: "service_level", title: "Answered in time", show: percent, most: 1 },
  { of: "wait_p50_s", title: "Wait, half of callers", show: seconds },
  { of: "handling_s", title: "Handling time", show: seconds },
  { of: "first_contact", title: "Solved at first contact", show: percent, most: 1 },
  { of: "survey_mean", title: "Callers' grade, 1 to 5", show: (value) => value.toFixed(1), least: 1, most: 5 },
  { of: "confidence", title: "Words recognised surely", show: percent, most: 1 },
  { of: "answer_p50_ms", title: "Bot's answer, half of turns", show: milliseconds },
];

/** A figure in words; a dash where nothing was counted. */
export const shown = (measure, figures) => {
  const value = figures?.[measure.of];
  return Number.isFinite(value) ? measure.show(value) : "–";
};

/**
 * Where a measure's line runs: {runs, top}. Each run is a list of {x, y} from 0 to 1 (y downwards)
 * without a gap; `top` is the value of its upper edge.
 *
 * `hours`: the server's figures by hour, only those with calls. Times in milliseconds.
 */
export function line({ of, least = 0, most }, hours, since, until) {
  const known = hours.filter((figures) => Number.isFinite(figures[of]));
  const top = most ?? niceAbove(Math.max(0, ...known.map((figures) => figures[of])));
  const span = Math.max(1, until - since);
  const runs = [];
  let before = -Infinity;
  for (const figures of known) {
    const at = Date.parse(figures.hour);
    if (at - before > HOUR_MS * 1.5) runs.push([]);
    before = at;
    // The hour's figures stand in its middle.
    const x = clamp((at + HOUR_MS / 2 - since) / span);
    runs.at(-1).push({ x, y: 1 - clamp((figures[of] - least) / Math.max(1e-9, top - least)) });
  }
  return { runs, top };
}

const HOUR_MS = 3_600_000;
const clamp = (value) => Math.min(1, Math.max(0, value));

/** 1, 2 or 5 times a power of ten, not below the value. */
function niceAbove(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value) * power;
}
