// Owns where things are on the picture of a call: who spoke when, how loud, how the caller felt.
// Pure. `x` runs from 0 to WIDTH over the whole call.

import { feeling } from "../desk/mood.js";

export const WIDTH = 1000;
export const LANE = 44; // height of one track
export const MOOD = 36; // height of the mood's line
const COLUMNS = 500; // more cannot be told apart on a screen

const scale = (seconds) => (at) => round((WIDTH * Math.min(Math.max(at, 0), seconds)) / Math.max(seconds, 1e-3));
const round = (value) => Math.round(value * 10) / 10;

const FAINT = 0.05; // what is never louder is not blown up to fill its lane

/** The loudest of both tracks, which fills its lane. */
export const loudest = (tracks) =>
  tracks.reduce((most, peaks) => peaks.reduce((top, peak) => Math.max(top, peak), most), FAINT);

/**
 * The path of a track's loudness around the middle of its lane. `peaks`: one for each `step`
 * seconds; `full` is what fills the lane.
 */
export function wave(peaks, step, seconds, full) {
  const x = scale(seconds);
  const half = LANE / 2;
  const width = Math.max(1, Math.ceil(seconds / step / COLUMNS)); // peaks in a column
  let path = "";
  for (let at = 0; at < peaks.length; at += width) {
    let most = 0;
    for (const peak of peaks.slice(at, at + width)) most = Math.max(most, peak);
    const high = round(Math.max(0.5, Math.min(1, most / full) * (half - 2)));
    path += `M${x((at + width / 2) * step)} ${half - high}v${2 * high}`;
  }
  return path;
}

/** Spans {x, width} of what was said in a track: the caller's, or all others'. */
export function spans(lines, caller, seconds) {
  const x = scale(seconds);
  return lines
    .filter(({ who, audio_at: begin, audio_end: end }) => (who === "caller") === caller && end > begin)
    .map(({ audio_at: begin, audio_end: end }) => ({ x: x(begin), width: Math.max(1, round(x(end) - x(begin))) }));
}

/** The mood's points {x, y, low, judged}; `at` of a mood is close enough to where it was said. */
export function moodLine(moods, seconds) {
  const x = scale(seconds);
  return moods.map(({ at, mood, abstained }) => ({
    x: x(at),
    y: round(((1 - mood) / 2) * MOOD),
    low: feeling(mood).face < 0,
    judged: !abstained,
  }));
}

/** Where the call was handed over, and who joined: {x, text}. */
export const marks = (events, seconds) => events.map(({ at, text }) => ({ x: scale(seconds)(at), text }));

/** Where a moment is. */
export const place = (at, seconds) => scale(seconds)(at);

/** The line that is heard at a moment, or the last one before it; null before the first. */
export function lineAt(lines, at) {
  let found = null;
  for (const line of lines) {
    if (line.audio_at <= at && (!found || line.audio_at >= found.audio_at)) found = line;
  }
  return found;
}
