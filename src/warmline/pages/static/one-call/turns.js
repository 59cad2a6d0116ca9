// Owns the caller's turns as the log tells them: what was heard, how long the answer took and why.
// Pure. Times are seconds.

import { withFlow } from "./example.js";

/**
 * What an answer waits for, in order; `of` is a field of TurnMeasured (milliseconds), which older
 * logs may lack.
 */
export const PARTS = [
  { of: "endpoint_ms", name: "end of turn" },
  { of: "transcript_ms", name: "words" },
  { of: "decision_ms", name: "decision" },
  { of: "fetch_ms", name: "HTTP" },
  { of: "first_audio_ms", name: "voice" },
  { of: "playout_ms", name: "playout" },
  { of: "network_ms", name: "network" },
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
 * and `end` are in the caller's audio. `flow`: the flow was told it, and no person. `waits` is null
 * for a turn without an answer that could be heard, else {total, undone, parts: [{name, seconds}]}
 * with a part for each of PARTS, which add up to `total`; `undone` is how often its end was taken
 * back.
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
      Object.assign(turns.get(turn), { waits, why: whyOf(waits, event.because || TURN_ENDS[ends.get(turn)], fetched) });
    }
  }
  return [...turns.values()];
}

function waitsOf(measured) {
  const parts = PARTS.map(({ of, name }) => ({ name, seconds: Math.max(0, (measured[of] ?? 0) / 1000) }));
  return { total: measured.total_ms / 1000, undone: measured.undone ?? 0, parts };
}

/** What took the longest, and why it takes long. */
function whyOf({ parts }, ended, fetched) {
  const longest = parts.reduce((most, part) => (part.seconds > most.seconds ? part : most));
  switch (longest.name) {
    case "end of turn":
      return ended || "it had to be sure that the caller was done";
    case "words":
      return "the recogniser was still at work: much was said, or the machine was busy";
    case "decision": // older logs count what was asked as a part of it
      return fetched ? `the flow asked ${fetched}` : "the flow took long to decide";
    case "HTTP":
      return `the flow asked ${fetched || "an endpoint"}`;
    case "playout":
      return "something else was still being said";
    case "network":
      return "the way to the caller and back is long";
    default:
      return "the voice was made just then: what has no slots is made before the first call";
  }
}

/** "answered after 0.5 s: 0.20 end of turn, 0.02 decision, 0.28 voice"; what took no time is left out */
export function told({ total, undone, parts }) {
  const some = parts.filter(({ seconds }) => seconds >= 0.005);
  const each = some.map(({ name, seconds }) => `${seconds.toFixed(2)} ${name}`);
  const again = undone ? ` (the caller had gone on ${undone === 1 ? "once" : `${undone} times`})` : "";
  return `answered after ${total.toFixed(1)} s${again}${each.length ? ": " : ""}${each.join(", ")}`;
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
