// Owns the playing of a recording. Loads nothing before it is asked to play: each hearing is
// written in the audit log. No DOM on the page: the sound has no picture.

export const RATES = [0.75, 1, 1.25, 1.5, 2];

export class Player extends EventTarget {
  #audio = new Audio();
  #url;
  #wanted = 0; // where to begin, before there is a sound

  /** Events: "change", whenever something of what is read here is another. */
  constructor(url) {
    super();
    this.#url = url;
    this.#audio.preload = "none";
    for (const name of ["timeupdate", "play", "pause", "ended", "durationchange", "ratechange", "seeked", "error"]) {
      this.#audio.addEventListener(name, () => this.dispatchEvent(new Event("change")));
    }
  }

  get begun() {
    return Boolean(this.#audio.src);
  }

  get playing() {
    return this.begun && !this.#audio.paused;
  }

  get failed() {
    return this.#audio.error !== null;
  }

  get time() {
    return this.#audio.readyState ? this.#audio.currentTime : this.#wanted;
  }

  /** Seconds; 0 while it is not known. */
  get duration() {
    return Number.isFinite(this.#audio.duration) ? this.#audio.duration : 0;
  }

  get rate() {
    return this.#audio.playbackRate;
  }

  set rate(rate) {
    this.#audio.playbackRate = this.#audio.defaultPlaybackRate = rate;
  }

  async play() {
    if (!this.begun) {
      this.#audio.src = this.#url;
      this.#audio.currentTime = this.#wanted;
    }
    try {
      await this.#audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") return; // the browser wants a click first
      if (!this.failed && error.name !== "AbortError") throw error;
    }
  }

  pause() {
    this.#audio.pause();
  }

  seek(time) {
    this.#wanted = Math.max(0, time);
    if (this.begun) this.#audio.currentTime = this.#wanted;
    this.dispatchEvent(new Event("change"));
  }

  close() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
  }
}
