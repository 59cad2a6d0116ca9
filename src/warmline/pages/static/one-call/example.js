// Owns a conversation for the flow's tests, made of one call's log: all that the caller did up to a
// turn, and what the flow did after it. Pure.

const NOISES = { no_words: true, not_speech: true, failed: "failed" };
const SECRET = "[secret]"; // what the log has in place of a secret answer
const SECRET_KEY = "x";
const AS_WRITTEN = 0.9; // the confidence that a test has when it names none
const QUICK_S = 0.3; // endpoints of tests answer after 0.2 s
const NO_INPUT = "no_input";
const ENTRY_S = 2; // keys further apart are two entries
const HIDDEN_STEP = "  # Here the caller gave a secret: the log does not have it.";

/**
 * The YAML of a file for `voice_flows/FLOW/conversations`. Raises RangeError for a turn that the
 * flow did not answer: words to a person are no matter of its tests (see `withFlow`).
 */
export function example(callId, log, turn) {
  const events = withFlow(log);
  const last = events.findIndex((event) => said(event, events) && event.turn === turn);
  if (last < 0) throw new RangeError(`the flow had no turn ${turn}`);
  const over = (event) => PEOPLE.includes(event.type) || acts(event, events);
  const next = events.findIndex((event, at) => at > last && over(event));
  const reply = events.slice(last + 1, next < 0 ? undefined : next);
  const until = [...events.slice(0, last + 1), ...reply];
  const { flow = "", started_at: began = "" } = events.find(({ type }) => type === "CallStarted") ?? {};
  const replies = repliesOf(until);
  return [
    `# For the conversations of ${comment(flow)}; made of turn ${turn} of the call ${comment(callId)}.`,
    "# It holds what the caller said: read it before you keep it.",
    "",
    `conversation: ${text(`turn ${turn} of ${callId}`)}`,
    ...(began ? [`hours: ${text(began)}`] : []),
    ...(replies.length ? ["endpoints:", ...replies] : []),
    "turns:",
    ...new Steps(events, until).until(last),
    ...expected(reply),
    "",
  ].join("\n");
}

const PEOPLE = ["QueueMoved", "Offered", "AgentJoined"]; // from there on it is no matter of the flow
const FROM_CALLER = ["DigitPressed", "UtteranceHeard", "NothingHeard", "TimerFired", "SentimentChanged"];

/** The log without what the caller did while they waited for a person, or had one. */
export function withFlow(log) {
  let flow = true;
  return log.filter(({ type }) => {
    if (type === "Escalated") flow = false;
    if (type === "HandedBack") flow = true;
    return flow || !FROM_CALLER.includes(type);
  });
}

/** Words that count: a turn that goes on has all of them once more. */
const said = (event, events) =>
  event.type === "UtteranceHeard" &&
  event === events.findLast(({ type, turn }) => type === "UtteranceHeard" && turn === event.turn);

const silent = ({ type, name: timer }) => type === "TimerFired" && timer === NO_INPUT;
const noisy = ({ type, reason }) => type === "NothingHeard" && reason in NOISES;

const acts = (event, events) =>
  event.type === "DigitPressed" || event.type === "HandedBack" || noisy(event) || silent(event) || said(event, events);

// --- what the caller does -------------------------------------------------------------------------

class Steps {
  #events;
  #until;
  #lines = [];
  #keys = "";
  #keyAt = -Infinity;
  #speaking = ""; // what the flow is saying
  #into = ""; // what it was saying when the caller began
  #waits = new Map(); // requests without an answer, and whether the caller was told so

  constructor(events, until) {
    this.#events = events;
    this.#until = until;
  }

  /** The steps up to this entry; what the mood was after it, too: the answer may depend on it. */
  until(last) {
    const moody = this.#until.some(({ type, reason }) => type === "Escalated" && reason === "mood");
    this.#until.forEach((event, at) => {
      if (at <= last) this.#take(event);
      if (event.type === "SentimentChanged" && moody) {
        this.#typed();
        this.#lines.push(`  - caller: { mood: ${event.mood.toFixed(2)} }`);
      }
    });
    this.#typed();
    return this.#lines;
  }

  #take(event) {
    const { type, at, say_id: say, request_id: request } = event;
    if (type === "SpeakingStarted") {
      this.#speaking = say;
      for (const id of this.#waits.keys()) this.#waits.set(id, true);
    } else if (type === "SpeakingFinished") this.#speaking = "";
    else if (type === "SpeechStarted") this.#into ||= this.#speaking;
    else if (type === "FetchStarted") this.#waits.set(request, false);
    else if (type === "FetchFinished") this.#waits.delete(request);
    else if (type === "DigitPressed") {
      const other = (event.digit === SECRET_KEY) !== this.#keys.startsWith(SECRET_KEY);
      if (other || at - this.#keyAt > ENTRY_S) this.#typed();
      if (!this.#keys) this.#into = this.#speaking;
      this.#keys += event.digit;
      this.#keyAt = at;
    } else if (acts(event, this.#events)) {
      this.#typed();
      this.#act(event);
    }
  }

  #act(event) {
    if (event.type === "HandedBack") this.#lines.push(handedBack(event));
    else if (silent(event)) this.#add("{ silence: true }");
    else if (noisy(event)) this.#add(`{ noise: ${NOISES[event.reason]} }`);
    else if (event.text === SECRET) this.#lines.push(HIDDEN_STEP);
    else this.#add(spoken(event));
  }

  #typed() {
    const keys = this.#keys;
    this.#keys = "";
    if (/^[0-9*#A-D]+$/.test(keys)) this.#add(`{ dtmf: ${text(keys)} }`);
    else if (keys) this.#lines.push(HIDDEN_STEP);
  }

  #add(action) {
    const into = this.#into;
    this.#into = "";
    const stopped = ({ say_id: say, interrupted }) => say === into && interrupted;
    const cut = into && (into === this.#speaking || this.#until.some(stopped));
    if ([...this.#waits.values()].includes(true)) this.#lines.push("  - bot: { waits: true }");
    this.#lines.push(`  - caller: ${cut ? `{ interrupts: ${action} }` : action}`);
  }
}

function spoken({ text: words, confidence, alternatives = [] }) {
  const unsure = Math.abs(confidence - AS_WRITTEN) >= 0.005;
  if (!unsure && !alternatives.length) return text(words);
  const parts = [`text: ${text(words)}`];
  if (unsure) parts.push(`confidence: ${confidence.toFixed(2)}`);
  if (alternatives.length) parts.push(`alternatives: ${list(alternatives)}`);
  return `{ ${parts.join(", ")} }`;
}

const handedBack = ({ by, node }) =>
  `  - agent: { hands_back: ${text(by)}${node ? `, to: ${text(node)}` : ""} }`;

function repliesOf(events) {
  const asked = new Map();
  const replies = new Map();
  for (const { type, request_id: id, at, endpoint, outcome, code, values = [] } of events) {
    if (type === "FetchStarted") asked.set(id, at);
    if (type !== "FetchFinished") continue;
    const found = `ok: ${object(values)}`;
    const answer = { ok: found, not_found: "not_found: true" }[outcome] ?? `error: ${text(code || "error")}`;
    const took = at - (asked.get(id) ?? at);
    const after = took >= QUICK_S ? `, after: ${took.toFixed(1)}` : "";
    replies.set(endpoint, [...(replies.get(endpoint) ?? []), `{ ${answer}${after} }`]);
  }
  return [...replies].map(([endpoint, all]) => `  ${name(endpoint)}: [${all.join(", ")}]`);
}

// --- what the flow does ---------------------------------------------------------------------------

function expected(reply) {
  const all = (type) => reply.filter((event) => event.type === type);
  const [escalated] = all("Escalated");
  const [called] = all("CallbackRequested");
  const says = all("SpeakingStarted").map(({ text: words }) => words);
  const nodes = [...new Set(all("NodeEntered").map(({ node }) => node))];
  const slots = all("SlotFilled").map(({ slot, value }) => [slot, value]);
  const consents = all("ConsentAnswered").map(({ purpose, granted }) => [purpose, granted ? "yes" : "no"]);
  const lines = [
    says.length && `says: ${list(says)}`,
    nodes.length && `node: ${list(nodes)}`,
    // Whoever is handed over takes the values along: the flow has none of an unfinished form.
    slots.length && !escalated && `slot: ${object(slots)}`,
    consents.length && `consent: ${object(consents)}`,
    escalated && `escalates: ${text(escalated.queue)}`,
    escalated && `packet: { reason: ${text(escalated.why || escalated.reason)} }`,
    called && `callback: ${text(called.number)}`,
    !escalated && all("CallEnded").some(({ reason }) => reason === "completed") && "ends: true",
  ].filter(Boolean);
  return lines.length ? ["  - bot:", ...lines.map((line) => `      ${line}`)] : [];
}

// --- YAML -------------------------------------------------------------------------------------------

// Not printable in YAML, or not to be seen by who reads it.
const HIDDEN = /[\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/g;

/** A text between quotes: JSON's escapes are YAML's, too. */
const text = (value) =>
  JSON.stringify(String(value).toWellFormed()).replace(
    HIDDEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const WORDS = ["yes", "no", "on", "off", "y", "n", "null", "true", "false"]; // not texts, without quotes
const name = (value) => (/^[a-z][a-z0-9_]*$/.test(value) && !WORDS.includes(value) ? value : text(value));
const list = (values) => `[${values.map(text).join(", ")}]`;
const object = (pairs) => `{ ${[...new Map(pairs)].map(([key, value]) => `${name(key)}: ${text(value)}`).join(", ")} }`;
const comment = (value) => String(value).replace(/[^!-~]/g, "?");
