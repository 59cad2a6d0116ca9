// Owns what the keys mean. Pure. Letters count only where nothing is written and no control has
// the focus that takes them itself.

/** In the order in which the list shows them. */
export const KEYS = [
  { key: "a", name: "accept", words: "Accept the caller who is offered" },
  { key: "m", name: "mute", words: "Mute your microphone, or unmute it" },
  { key: "h", name: "hold", words: "Put the caller on hold, or take them back" },
  { key: "r", name: "sayAgain", words: "Play the caller's last words again, to you alone" },
  { key: "t", name: "transfer", words: "Transfer to a queue or to a colleague" },
  { key: "c", name: "consult", words: "Ask a colleague; the caller does not hear it" },
  { key: "b", name: "handBack", words: "Give the caller back to the bot" },
  { key: "enter", name: "hangUp", words: "End the call; asks first" },
  { key: "u", name: "useHint", words: "Mark the hint as used" },
  { key: "d", name: "dismissHint", words: "Dismiss the hint" },
  { key: "?", name: "help", words: "Show this list" },
];

const FIELDS = ["INPUT", "TEXTAREA", "SELECT"];
const PRESSED_BY_ENTER = ["A", "BUTTON", "SUMMARY"];

/**
 * The name of what a key does here, or "".
 *
 * `target`: the element that has the focus, as {tagName, isContentEditable}.
 */
export function actionOf({ key, ctrlKey, altKey, metaKey, repeat }, target) {
  if (ctrlKey || altKey || metaKey || repeat) return "";
  const { tagName = "", isContentEditable = false } = target ?? {};
  if (FIELDS.includes(tagName) || isContentEditable) return "";
  const pressed = key.toLowerCase();
  if (pressed === "enter" && PRESSED_BY_ENTER.includes(tagName)) return "";
  return KEYS.find((each) => each.key === pressed)?.name ?? "";
}

/** A key as it stands on the keyboard. */
export const keyName = (name) => {
  const { key } = KEYS.find((each) => each.name === name);
  return key === "enter" ? "⏎" : key.toUpperCase();
};
