// Owns the caller's turns as the log tells them: what was heard, how long the answer took and why.
// Pure. Times are seconds.

import { withFlow } from "./example.js";

/** What an answer waits for, in order; `of` is a field of TurnMeasured (milliseconds). */
export const PARTS = [
  { of: "endpoint_ms", name: "end of turn" },
  { of: "transcript_ms", name: "words" },
  { of: "decision_ms", name: "decision" },
  { of: "first_audio_ms", name: "voice" },
];

const TURN_ENDS = {
  complete: "the words seemed complete, so a short silence was enough",
  silence: "only a longer silence showed that the caller was done",
  max_speech: "the caller spoke for as long as a turn may last",
  background: "only the background was heard any more",
  hang_up: "the caller hung up",
};

/**
 * The turns of a log: {turn, seq, at, begin, end, text, confidence, flow, waits, why} each. `begin`
 * and `end` are in the caller's audio. `flow`: the flow was told it, and no person. `waits` is null for a turn without an answer that could be
 * heard, else {total, parts: [{name, seconds}]}.
 */
export function turnsOf(events) {
  const turns = new Map();
  const ours = new Set(withFlow(events));
  const ends = new Map(); // why a turn was taken for over
  let fetched = ""; // the endpoint that was asked since the last words
  for (const event of events) {
    const { type, turn } = event;
    if (type === "SpeechEnded") ends.set(turn, event.reason);
    if (type === "TurnResumed") turns.delete(turn);
    if (type === "UtteranceHeard") {
      fetched = "";
      const { seq, at, started_at: begin, audio_at: end, text, confidence } = event;
      turns.set(turn, { turn, seq, at, begin, end, text, confidence, flow: ours.has(event), waits: null, why: "" });
    }
    if (type === "FetchStarted") fetched = event.endpoint;
    if (type === "TurnMeasured" && turns.has(turn)) {
      const waits = waitsOf(event);
      Object.assign(turns.get(turn), { waits, why: whyOf(waits, ends.get(turn), fetched) });
    }
  }
  return [...turns.values()];
}

function waitsOf(measured) {
  const parts = PARTS.map(({ of, name }) => ({ name, seconds: Math.max(0, measured[of] / 1000) }));
  return { total: measured.total_ms / 1000, parts };
}

/** What took the longest, and why it takes long. */
function whyOf({ parts }, ended, fetched) {
  const longest = parts.reduce((most, part) => (part.seconds > most.seconds ? part : most));
  switch (longest.name) {
    case "end of turn":
      return TURN_ENDS[ended] ?? "it had to be sure that the caller was done";
    case "words":
      return "the recogniser was still at work: much was said, or the machine was busy";
    case "decision":
      return fetched ? `the flow asked ${fetched}` : "the flow took long to decide";
    default:
      return "the voice was made just then: what has no slots is made before the first call";
  }
}

/** "answered after 0.5 s: 0.20 end of turn, 0.00 words, 0.02 decision, 0.28 voice" */
export function told({ total, parts }) {
  const each = parts.map(({ name, seconds }) => `${seconds.toFixed(2)} ${name}`);
  return `answered after ${total.toFixed(1)} s: ${each.join(", ")}`;
}

const SILENT = {
  refused: "The caller did not agree to be recorded.",
  failed: "The recording could not be written.",
};

/** {recorded, words}: whether the log tells of a recording; where not, why. */
export function recordingOf(events) {
  const changes = events.filter(({ type }) => type === "RecordingChanged");
  if (changes.some(({ on }) => on)) return { recorded: true, words: "" };
  const words = SILENT[changes.at(-1)?.reason] ?? "Recording was not on.";
  return { recorded: false, words: `This call has no recording. ${words}` };
}
