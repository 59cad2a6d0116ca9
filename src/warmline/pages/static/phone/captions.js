// Owns the words of both sides, in the order in which they began. Pure.

const KEPT = 200;

/**
 * Lines with one more caption: {who: "bot" | "caller" | "agent", key?, text, final, name?}. It takes the place of
 * the line with its key, or without a key of its side's line that is not final; an empty text
 * takes that line away.
 */
export function withCaption(lines, { who, key, text, final, name }) {
  const line = { who, key, text: String(text ?? "").trim(), final: Boolean(final) };
  if (name) line.name = String(name);
  const same = (other) =>
    other.who === who && (key === undefined ? !other.final : other.key === key);
  const at = lines.findLastIndex(same);
  if (at < 0) return line.text ? [...lines, line].slice(-KEPT) : lines;
  return line.text ? lines.with(at, line) : lines.toSpliced(at, 1);
}

/** Who talks with the caller instead of the bot; empty for nobody. */
export const party = (lines) => lines.findLast(({ key }) => key === "party")?.name ?? "";

/** Lines when the bot was interrupted: what it was about to say is not said. */
export const withoutUnsaid = (lines) =>
  lines.filter((line) => line.who !== "bot" || line.final);
