// Owns what is shown: one frozen state, drawn at most once in a frame; what is being done, and
// what went wrong with it. Must not know what a desk is.

import { Problem } from "../phone/problem.js";
import { Frames } from "./frames.js";
import { explain } from "./words.js";

export class Store extends EventTarget {
  /** What the page shows; replaced, never changed. Each frame with news fires "change". */
  state;
  #next = {};
  #frames;

  /** `painted(state)` is told what the browser has shown. */
  constructor(start, painted) {
    super();
    this.state = Object.freeze(start);
    this.#frames = new Frames(() => this.#draw(), painted);
  }

  #draw() {
    this.state = this.now;
    this.#next = {};
    this.dispatchEvent(new Event("change"));
    return this.state;
  }

  /** The newest, drawn or not. */
  get now() {
    return Object.freeze({ ...this.state, ...this.#next });
  }

  set(changes = {}) {
    Object.assign(this.#next, changes);
    this.#frames.request();
  }

  /** Does it, each thing once at a time; gives what it gives, or null: the notice tells why. */
  async act(name, action) {
    const { doing } = this.now;
    if (doing.includes(name)) return null;
    this.set({ doing: [...doing, name], notice: null });
    try {
      return await action();
    } catch (error) {
      this.complain(error);
      return null;
    } finally {
      this.set({ doing: this.now.doing.filter((other) => other !== name) });
    }
  }

  complain(error) {
    const problem = asProblem(error);
    if (problem.code === "signed_out") this.dispatchEvent(new Event("signed-out"));
    this.set({
      notice: { ...explain(problem), bad: !["taken", "objection"].includes(problem.code) },
    });
  }
}

export function asProblem(error) {
  if (error instanceof Problem) return error;
  console.error(error); // ours, and unforeseen: for whoever opens the console
  return new Problem("broken");
}
