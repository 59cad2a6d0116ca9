// Owns the desk's plain words. Pure.

const REASONS = {
  asked: "asked for a person",
  no_match: "was not understood",
  no_input: "did not answer",
  flow: "needs a person",
  failed: "the bot could not go on",
  too_long: "takes too long",
  frustrated: "is frustrated",
  mood: "sounds upset",
  unsure: "the bot is unsure",
  vip: "VIP",
  compliance: "a rule asks for a person",
};

/** Why a caller is handed over: the flow's author's words, or the reason in ours. */
export const because = ({ why, reason }) => why || (REASONS[reason] ?? "needs a person");

const PRESENCES = {
  available: "Available",
  away: "Away",
  busy: "On a call",
  wrap_up: "Wrapping up",
  unreachable: "Not reachable",
};

export const presence = (state) => PRESENCES[state] ?? state;

const STATES = {
  bot: "with the bot",
  waiting: "waiting",
  talking: "talking",
  held: "on hold",
  ended: "call ended",
};

export const standing = (state) => STATES[state] ?? "";

const ROLES = {
  agent: "",
  consult: "asked for advice",
  listen: "listens",
  whisper: "whispers to you",
  join: "supervisor",
};

/** "Anna (asked for advice)". */
export const present = ({ name, role }) => (ROLES[role] ? `${name} (${ROLES[role]})` : name);

/** A flow's node or a queue's name as a person would write it. */
export function title(name) {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

export const agentsFree = (number) => (number ? `${count(number, "agent")} free` : "no agent free");

/** A moment in the agent's own time zone; the server gives ISO 8601 or seconds since 1970. */
export function moment(when) {
  const date = new Date(typeof when === "number" ? when * 1000 : when);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleString([], {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** What went wrong, and what to do about it: [title, advice]. */
const PROBLEMS = {
  denied: [
    "The microphone is not allowed",
    "Callers could not hear you. Allow it for this page (the sign beside the address, or your browser's settings).",
  ],
  no_microphone: [
    "There is no microphone",
    "Callers could not hear you. Plug one in or switch it on.",
  ],
  microphone_in_use: [
    "The microphone cannot be used",
    "Another program may be using it. Close that program.",
  ],
  insecure: [
    "This page is not secure",
    "Browsers give the microphone only to pages with https, or on this same machine (localhost). Open the desk with https.",
  ],
  no_webrtc: [
    "This browser cannot make calls",
    "Use a current Firefox, Chrome, Edge or Safari, and do not switch off WebRTC.",
  ],
  no_path: [
    "No way for the sound",
    "A firewall or network between you and the server lets no calls through. Try another network.",
  ],
  server_gone: ["The server does not answer", "Check your connection and try again in a moment."],
  signed_out: ["You are signed out", "Sign in again."],
  forbidden: ["You may not do that", "Ask whoever manages the accounts."],
  gone: ["It is not there any more", "The call or the offer is over."],
  busy: ["The server is busy", "Try again in a moment."],
  refused: ["That did not work", "Try again; if it stays so, tell whoever runs this server."],
  broken: [
    "Something on this page went wrong",
    "Load the page again; if it stays so, tell whoever runs this server.",
  ],
};

/** {title, text} of a Problem. */
export function explain({ code, detail }) {
  if (code === "taken") return { title: `${detail} has taken this call`, text: "" };
  if (code === "objection") return { title: detail || PROBLEMS.refused[0], text: "" };
  const [head, advice] = PROBLEMS[code] ?? PROBLEMS.broken;
  return { title: head, text: detail ? `${advice} (${detail})` : advice };
}
