// Owns how the handoff packet is read: what is sure, what is not, what is open. Pure.

/** What the caller wants: the most particular intent that says something, or null. */
export function intentOf({ intents = [] }) {
  return intents.findLast(({ vague }) => !vague) ?? intents.at(-1) ?? null;
}

const IDENTITIES = {
  verified: { sure: true, words: "verified" },
  failed: { sure: false, words: "check failed" },
  unknown: { sure: false, words: "not verified" },
};

/** Who it is: {name, sure, words}. A caller id is a hint, never an identity. */
export function identityOf({ who = {} }) {
  const { sure, words } = IDENTITIES[who.identity] ?? IDENTITIES.unknown;
  const how = sure && who.checked ? `${words} by ${who.checked.replaceAll("_", " ")}` : words;
  return { name: who.caller || "Unknown number", sure, words: how };
}

/** What is filled in: {label, value, sure, words, item} each, what identifies something first. */
export function factsOf({ slots = [] }) {
  const ordered = [...slots].sort((a, b) => Number(b.identifies) - Number(a.identifies));
  return ordered.map((item) => ({
    label: item.label,
    value: item.written || item.value,
    sure: item.verified,
    words: item.verified ? "verified" : "not confirmed",
    item,
  }));
}

/** What was asked and has no answer: {label, words, item} each. */
export const openOf = ({ unanswered = [] }) =>
  unanswered.map((item) => ({
    label: item.label,
    words: item.asked > 1 ? `asked ${item.asked} times, no answer` : "asked, no answer",
    item,
  }));
