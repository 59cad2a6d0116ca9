// Owns what the connection's figures mean for the ear. Pure.

// From the best down: up to so much loss (share), jitter and delay (ms). Delay: ITU-T G.114
// finds 150 ms unnoticed and 400 ms the limit; loss: concealment hides about 1 %, not 8 %.
const STEPS = [
  { dots: 4, word: "very good", loss: 0.01, jitterMs: 30, delayMs: 150 },
  { dots: 3, word: "good", loss: 0.03, jitterMs: 60, delayMs: 300 },
  { dots: 2, word: "weak", loss: 0.08, jitterMs: 100, delayMs: 500 },
];
const WORST = { dots: 1, word: "poor" };

/**
 * @param {{loss: number, jitterMs: number, delayMs: number}[]} directions
 *   each way's share of lost packets (0 to 1), jitter and one-way delay; the worse one counts
 * @returns {{dots: number, word: string, detail: string}}
 */
export function rate(directions) {
  const worst = (key) => Math.max(0, ...directions.map((one) => Number(one[key]) || 0));
  const [loss, jitterMs, delayMs] = ["loss", "jitterMs", "delayMs"].map(worst);
  const fits = (step) =>
    loss <= step.loss && jitterMs <= step.jitterMs && delayMs <= step.delayMs;
  const { dots, word } = STEPS.find(fits) ?? WORST;
  const detail = [
    `${Math.round(loss * 100)} % of the sound lost`,
    `${Math.round(delayMs)} ms delay`,
    `${Math.round(jitterMs)} ms unevenness`,
  ].join(", ");
  return { dots, word, detail };
}

/** Loss between two counts of {received, lost}; 0 when nothing came. */
export function lossBetween(before, now) {
  const lost = Math.max(0, now.lost - before.lost);
  const all = now.received - before.received + lost;
  return all > 0 ? lost / all : 0;
}
