// Owns what a mood looks like and how it is said. Pure.

const WORDS = [
  { below: -0.6, face: -2, word: "very upset" },
  { below: -0.25, face: -1, word: "upset" },
  { below: 0.25, face: 0, word: "calm" },
  { below: Infinity, face: 1, word: "friendly" },
];

/** {face: -2 to 1, word} of a mood from -1 to 1. */
export const feeling = (mood) => WORDS.find(({ below }) => mood < below);

const ABSTAINED = {
  short: "too short to judge",
  noisy: "too noisy to judge",
  clipped: "too distorted to judge",
  overlap: "both spoke at once",
  baseline: "still learning how this caller sounds",
};

export const abstention = (reason) => (reason ? (ABSTAINED[reason] ?? "not judged") : "");

/**
 * Where the moods are on a line of this size: {x, y, judged, low} each, the oldest first. Turns are
 * equally far apart; a turn that was not judged keeps the mood before it.
 */
export function points(moods, width, height) {
  const step = width / Math.max(1, moods.length - 1);
  return moods.map(({ mood, abstained }, n) => ({
    x: round(moods.length === 1 ? width : n * step),
    y: round(((1 - Math.min(1, Math.max(-1, mood))) / 2) * height),
    judged: !abstained,
    low: feeling(mood).face < 0,
  }));
}

const round = (value) => Math.round(value * 10) / 10;
