// Owns how loud a stream is now, for meters and for "who speaks".

const QUIET_DB = -60;
const SPEECH_DB = -42; // above a quiet room's hum, below a soft voice close to a microphone
const HOLD_MS = 400; // a voice pauses between words

let context = null;

/** One context for the page: browsers allow few. Called from a click, it may sound at once. */
export function audioContext() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

export class Meter {
  #source;
  #analyser;
  #samples;
  #heardAt = -Infinity;

  constructor(stream) {
    const sound = audioContext();
    this.#analyser = new AnalyserNode(sound, { fftSize: 1024 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source = sound.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  /** {level: 0 to 1 on a dB scale, speaking: whether a voice was heard just now}. */
  read(now = performance.now()) {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let power = 0;
    for (const sample of this.#samples) power += sample * sample;
    const db = 10 * Math.log10(power / this.#samples.length + 1e-12);
    if (db > SPEECH_DB) this.#heardAt = now;
    const level = Math.min(1, Math.max(0, 1 - db / QUIET_DB));
    return { level, speaking: now - this.#heardAt < HOLD_MS };
  }

  close() {
    this.#source.disconnect();
  }
}
