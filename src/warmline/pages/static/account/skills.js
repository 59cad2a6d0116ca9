// Owns skills and queues as people type them: "billing 3, french 5". Pure.

const DEFAULT_LEVEL = 3;

const parts = (text) => text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);

/** {billing: 3, french: 5}; a skill without a level has the middle one. */
export function readSkills(text) {
  return Object.fromEntries(
    parts(text.toLowerCase()).map((part) => {
      const [, name, level] = part.match(/^(.*?)[\s:=]*(\d+)?$/);
      return [name, level === undefined ? DEFAULT_LEVEL : Number(level)];
    }),
  );
}

export const showSkills = (skills) =>
  Object.entries(skills)
    .map(([name, level]) => `${name} ${level}`)
    .join(", ");

export const readQueues = (text) => parts(text.toLowerCase());
