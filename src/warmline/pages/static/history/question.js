// Owns a question to the history: in the page's address, and as the server takes it. Pure.

export const FIELDS = ["q", "flow", "queue", "reason"];
export const LIMIT = 25;

/** The question of an address's search part: {q, flow, queue, reason}, each a text. */
export function questionOf(search) {
  const asked = new URLSearchParams(search);
  return Object.fromEntries(FIELDS.map((field) => [field, (asked.get(field) ?? "").trim().slice(0, 200)]));
}

const filled = (question) => FIELDS.filter((field) => question[field]).map((field) => [field, question[field]]);

/** The search part of this question's address; empty for none. */
export function searchOf(question) {
  const text = new URLSearchParams(filled(question)).toString();
  return text && `?${text}`;
}

/** What the server is asked; `before`: a call id to go on from. */
export const pathOf = (question, before) =>
  `/api/history?${new URLSearchParams([...filled(question), ["limit", LIMIT], ...(before ? [["before", before]] : [])])}`;

/** Where a call's page begins at an entry of its log. */
export const placeOf = (callId, seq) => `/calls/${encodeURIComponent(callId)}${seq ? `#${seq}` : ""}`;

const ENDINGS = {
  completed: "completed",
  escalated: "left for a person",
  caller_hung_up: "caller hung up",
  caller_stalled: "the line stalled",
  media_timeout: "the line went silent",
  bad_input: "the line was not understood",
  time_limit: "reached its time limit",
  busy: "found no place",
  server_stopped: "the server was stopped",
  interrupted: "the server broke down",
  failed: "something failed",
};

/** Why a call ended, in words. */
export const ending = (reason) => (reason ? (ENDINGS[reason] ?? reason.replaceAll("_", " ")) : "goes on");

/** Reasons to filter by: why a person was needed, then how calls end. */
export const REASONS = {
  needs: ["asked", "no_match", "no_input", "flow", "failed", "too_long", "frustrated", "mood", "unsure", "vip", "compliance"],
  ends: Object.keys(ENDINGS).filter((reason) => reason !== "failed"), // once is enough: it finds both
};

/** Seconds that a call of the record took; null while it goes on. */
export function lasted({ started_at: begin, ended_at: end }) {
  const seconds = (Date.parse(end ?? "") - Date.parse(begin)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
