// Owns how loud both tracks of a recording are, from its first to its last second. Read and decoded
// in pieces: a long call does not fill the memory.

import { Cutter } from "./flac.js";

export const PEAK_S = 0.05;
const PIECE_BYTES = 1 << 20; // about a minute of two voices
const MOST_S = 1_800; // a longer call's sound is a hundred megabytes: its lines must do
const DECODED_HZ = 8_000; // enough to see, a sixth of what would be played

/**
 * {tracks: [caller, others], seconds}: the loudest sample of each PEAK_S, 0 to 1. `tell` gets the
 * same while it grows. Null for a call that is too long. Raises whatever reading or decoding does.
 */
export async function loudness(url, signal, tell) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new TypeError(`the recording answered ${response.status}`);
  const cutter = new Cutter();
  const tracks = [[], []];
  const seconds = () => tracks[0].length * PEAK_S;
  const reader = response.body.getReader();
  for (let done = false; !done; ) {
    const read = await reader.read();
    done = read.done;
    if (!done) cutter.push(read.value);
    const known = cutter.info ? cutter.info.samples / cutter.info.rate : 0;
    if (Math.max(known, seconds()) > MOST_S) {
      await reader.cancel();
      return null;
    }
    const piece = cutter.piece(PIECE_BYTES, done);
    if (!piece) continue;
    measure(await decode(piece), tracks);
    signal.throwIfAborted();
    tell({ tracks, seconds: seconds() });
  }
  return { tracks, seconds: seconds() };
}

const decode = (piece) =>
  new OfflineAudioContext({ numberOfChannels: 2, length: 1, sampleRate: DECODED_HZ }).decodeAudioData(piece.buffer);

function measure(buffer, tracks) {
  const step = Math.round(PEAK_S * buffer.sampleRate);
  tracks.forEach((peaks, track) => {
    const samples = buffer.getChannelData(Math.min(track, buffer.numberOfChannels - 1));
    for (let at = 0; at < samples.length; at += step) {
      let peak = 0;
      for (const sample of samples.subarray(at, at + step)) peak = Math.max(peak, Math.abs(sample));
      peaks.push(peak);
    }
  });
}
