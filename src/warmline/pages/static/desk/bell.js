// Owns the sound of an offer: two soft tones, again until it is answered.

import { audioContext } from "../phone/meter.js";

const EVERY_MS = 3_000;
const TONES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.18 },
];
const TONE_S = 0.16;
const LOUDNESS = 0.12; // heard across a room through a laptop, no fright in a headset

export class Bell {
  #timer = 0;

  ring() {
    if (this.#timer) return;
    this.#strike();
    this.#timer = setInterval(() => this.#strike(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  #strike() {
    const sound = audioContext();
    if (sound.state !== "running") return; // held back until a click; the page shows it anyway
    for (const { hertz, at } of TONES) {
      const begin = sound.currentTime + at;
      const gain = new GainNode(sound, { gain: 0 });
      gain.gain.setTargetAtTime(LOUDNESS, begin, 0.01);
      gain.gain.setTargetAtTime(0, begin + TONE_S, 0.04);
      const tone = new OscillatorNode(sound, { frequency: hertz });
      tone.connect(gain).connect(sound.destination);
      tone.start(begin);
      tone.stop(begin + TONE_S + 0.4);
    }
  }
}
