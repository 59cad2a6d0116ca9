// Owns when the page is drawn anew: at most once in a frame, and it knows when that was painted.

const HIDDEN_MS = 500; // a hidden page gets no frames, but its title and its bell still change

export class Frames {
  #draw;
  #painted;
  #asked = 0;
  #timer = 0;

  /** `draw()` gives what `painted(it)` gets once the browser has shown it. */
  constructor(draw, painted) {
    this.#draw = draw;
    this.#painted = painted;
  }

  request() {
    if (this.#asked) return;
    this.#asked = requestAnimationFrame(() => this.#run(true));
    this.#timer = setTimeout(() => this.#run(false), HIDDEN_MS);
  }

  #run(seen) {
    cancelAnimationFrame(this.#asked);
    clearTimeout(this.#timer);
    this.#asked = 0;
    const drawn = this.#draw();
    // The frame after this one begins when this one has been painted.
    if (seen) requestAnimationFrame(() => this.#painted(drawn));
  }
}
