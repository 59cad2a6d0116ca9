// Owns the playing of one moment of a call, to the agent's own ear only.

import { audioContext } from "../phone/meter.js";

export class Clips {
  #api;
  #abort = null;
  #source = null;

  constructor(api) {
    this.#api = api;
  }

  /** Plays what is between two moments of a call's audio; resolves at its end or at `stop`. */
  async play(call, begin, end) {
    this.stop();
    const { signal } = (this.#abort = new AbortController());
    const sound = audioContext();
    try {
      const bytes = await this.#api.clip(call, begin, end, signal);
      const buffer = await sound.decodeAudioData(bytes);
      signal.throwIfAborted();
      this.#source = new AudioBufferSourceNode(sound, { buffer });
      this.#source.connect(sound.destination);
      this.#source.start();
      await new Promise((resolve) => {
        this.#source.onended = resolve;
        signal.addEventListener("abort", resolve, { once: true });
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  stop() {
    this.#abort?.abort();
    this.#source?.disconnect();
    this.#source = null;
  }
}
