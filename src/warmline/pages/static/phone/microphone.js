// Owns the microphone: one open stream, shared by the test before the call and the call.

import { Problem } from "./problem.js";

const WANTED = {
  audio: {
    channelCount: { ideal: 1 },
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  },
};

const CODES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_microphone",
  OverconstrainedError: "no_microphone",
  NotReadableError: "microphone_in_use",
  AbortError: "microphone_in_use",
};

export class Microphone extends EventTarget {
  #stream = null;
  #opening = null;
  #muted = false;

  /** The open stream, or null. */
  get stream() {
    return this.#stream;
  }

  get track() {
    return this.#stream?.getAudioTracks()[0] ?? null;
  }

  /** Opens it where it is not open; asks the person where the browser must. Raises Problem. */
  async open() {
    if (this.track?.readyState === "live") return this.#stream;
    if (!window.isSecureContext) throw new Problem("insecure");
    if (!navigator.mediaDevices?.getUserMedia) throw new Problem("no_webrtc");
    this.#opening ??= this.#ask().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #ask() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      throw new Problem(CODES[error.name] ?? "microphone_in_use", "", error.name !== "AbortError");
    }
    this.track.enabled = !this.#muted;
    this.track.addEventListener("ended", () => this.dispatchEvent(new Event("lost")));
    return this.#stream;
  }

  /** Muted, it sends silence; it stays so when it is opened anew. */
  set muted(muted) {
    this.#muted = muted;
    if (this.track) this.track.enabled = !muted;
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop(); // fires no "ended"
    this.#stream = null;
    this.#muted = false;
  }
}
