// Owns which call a supervisor should look at first, and why. Pure.

import { feeling } from "../desk/mood.js";

const SEVERITIES = { harm: 5, warning: 3, notice: 1 };

/** A wait counts in steps: rows that change places each second cannot be read. */
const WAITS = [
  { from: 300, need: 5 },
  { from: 120, need: 3 },
  { from: 60, need: 2 },
  { from: 0, need: 1 },
];
export const LONG_S = 60;
const FALL = 0.3; // of a mood from -1 to 1: more than it wavers from turn to turn
const FALL_TURNS = 3;

/** Whether the moods, the oldest first, fell lately. */
export function falls(moods) {
  const last = moods.at(-1);
  return moods.slice(-1 - FALL_TURNS).some((before) => before - last >= FALL);
}

/** {severity, text} of each thing to be seen, the worst first; `waited` in seconds. */
export function concerns({ state, mood, alerts }, { moods, waited }) {
  const found = alerts.map(({ severity, text }) => ({ severity, text }));
  const face = mood === null ? 0 : feeling(mood).face;
  if (falls(moods)) found.push({ severity: "warning", text: "mood falls" });
  else if (face < 0) found.push({ severity: face < -1 ? "warning" : "notice", text: `sounds ${feeling(mood).word}` });
  if (state === "waiting" && waited >= LONG_S) found.push({ severity: "notice", text: "waits long" });
  return found.sort((a, b) => weight(b) - weight(a));
}

const weight = ({ severity }) => SEVERITIES[severity] ?? SEVERITIES.notice;

/** How much a call needs somebody; 0 is nothing. */
export function needOf(call, known) {
  const { state, mood, alerts } = call;
  if (state === "wrap_up") return -1; // nobody is to be helped there any more
  const worst = Math.max(0, ...alerts.map(weight));
  const upset = mood === null ? 0 : Math.max(0, -feeling(mood).face) * 2;
  const falling = falls(known.moods) ? 2 : 0;
  const waits = state === "waiting" ? WAITS.find(({ from }) => known.waited >= from)?.need ?? 0 : 0;
  return worst + upset + falling + waits;
}

/** Rows {need, waited, …} with the greatest need first; of the same need, who is longest in it. */
export const byNeed = (rows) =>
  [...rows].sort((a, b) => b.need - a.need || b.waited - a.waited || (a.id < b.id ? -1 : 1));

/** The four numbers of a floor. */
export function count({ calls, agents }) {
  const has = (...states) => calls.filter(({ state }) => states.includes(state)).length;
  return {
    bot: has("bot"),
    waiting: has("waiting"),
    talking: has("talking", "held"),
    free: agents.filter(({ state }) => state === "available").length,
  };
}
