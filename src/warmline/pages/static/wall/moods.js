// Owns how each call's mood went while this page was open: the floor tells only how it is now.

const KEPT = 24;

export class Moods {
  #calls = new Map();

  /** Take the calls of a floor. */
  take(calls) {
    const before = this.#calls;
    this.#calls = new Map(
      calls.map(({ call_id: id, mood }) => {
        const moods = before.get(id) ?? [];
        const same = mood === null || moods.at(-1) === mood;
        return [id, same ? moods : [...moods, mood].slice(-KEPT)];
      }),
    );
  }

  /** The oldest first; empty while nobody knows. */
  of(id) {
    return this.#calls.get(id) ?? [];
  }
}
