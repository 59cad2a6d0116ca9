// Owns one call as this page knows it: its changes by key, each number of the log taken once and
// in order. Pure but for its own state.

const SAME_S = 0.05; // two times of the caller's audio that mean the same moment

export class CallLog {
  /** Number of the newest entry that is in here; null before the first snapshot. */
  seq = null;
  /** Changes by key, in the order in which their keys appeared. */
  items = new Map();
  /** Counts what was taken, so that views know when to draw anew. */
  version = 0;
  ended = false;
  #clock = -Infinity; // seconds that the call's clock is ahead of performance.now(), at least

  /**
   * Take a message of type `snapshot` or `call`.
   *
   * "applied"; "old" where it is known already; "gap" where entries before it are missing: ask
   * for them. `fresh` are the changes that are news: none of a snapshot's.
   */
  take(message, now = performance.now() / 1000) {
    const { type, seq } = message;
    if (type === "snapshot") {
      if (this.seq !== null && seq < this.seq) return { outcome: "old", fresh: [] };
      this.items = new Map(message.view.map((change) => [change.key, change]));
      for (const { at } of message.view) this.#hear(at, now);
      this.#took(seq);
      return { outcome: "applied", fresh: [] };
    }
    if (this.seq === null || seq > this.seq + 1) return { outcome: "gap", fresh: [] };
    if (seq <= this.seq) return { outcome: "old", fresh: [] };
    const fresh = message.changes.filter((change) => this.#apply(change, seq));
    this.#hear(message.at, now);
    this.#took(seq);
    return { outcome: "applied", fresh };
  }

  #took(seq) {
    this.seq = seq;
    this.version += 1;
  }

  /** False where it only takes something away. */
  #apply(change, seq) {
    if (change.gone) {
      this.items.delete(change.key);
      return false;
    }
    this.items.set(change.key, { seq, ...change });
    return true;
  }

  #hear(at, now) {
    if (Number.isFinite(at)) this.#clock = Math.max(this.#clock, at - now);
  }

  /** Seconds on the call's own clock, as far as its messages tell; 0 before the first. */
  now(now = performance.now() / 1000) {
    return Math.max(0, Number.isFinite(this.#clock) ? now + this.#clock : 0);
  }

  /** What is here stays to be looked at until a snapshot takes its place. */
  forget() {
    this.seq = null;
  }

  get(key) {
    return this.items.get(key) ?? null;
  }

  /** All changes of these kinds, in order. */
  of(...kinds) {
    return [...this.items.values()].filter(({ kind }) => kinds.includes(kind));
  }

  /**
   * Key of the line that shows this evidence: an item of the packet ({seq, at, line, audio_at}) or
   * a number of the log; "" where there is none. An entry that is no line belongs to the last line
   * before it.
   */
  lineOf(evidence) {
    const {
      seq,
      at,
      line,
      audio_at: audioAt,
    } = Object(evidence) === evidence ? evidence : { seq: evidence };
    const lines = this.of("line");
    const heard = ({ who, audio_at: begin }) =>
      who === "caller" && Math.abs(begin - audioAt) < SAME_S;
    const last = (known, wanted) =>
      lines.findLast((each) => Number.isFinite(each[known]) && each[known] <= wanted);
    const found =
      (Number.isFinite(audioAt) && lines.find(heard)) ||
      ((line || seq) && last("seq", line || seq)) ||
      (at >= 0 && last("at", at));
    return found?.key ?? "";
  }
}
