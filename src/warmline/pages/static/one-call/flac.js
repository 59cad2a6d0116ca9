// Owns where a FLAC stream can be cut: a long recording is decoded piece by piece, each piece with
// the stream's head before it. Pure but for its own state. The format: RFC 9639.

const STREAMINFO_BYTES = 34;
const FRAME_HEADER_MOST = 16;

export class Cutter {
  /** {rate, channels, samples} once the head is there; `samples` 0: the stream does not say. */
  info = null;
  #bytes = new Uint8Array();
  #head = null;

  /** Take the stream's next bytes. Raises TypeError for what is no FLAC. */
  push(chunk) {
    const joined = new Uint8Array(this.#bytes.length + chunk.length);
    joined.set(this.#bytes);
    joined.set(chunk, this.#bytes.length);
    this.#bytes = joined;
    if (!this.#head) this.#readHead();
  }

  /**
   * Bytes that can be decoded by themselves, once there are about `least`; null until then.
   * `rest`: all that is left.
   */
  piece(least, rest = false) {
    if (!this.#head || !this.#bytes.length) return null;
    if (!rest && this.#bytes.length < least) return null;
    const end = rest ? this.#bytes.length : lastFrame(this.#bytes);
    if (!end) return null;
    const piece = new Uint8Array(this.#head.length + end);
    piece.set(this.#head);
    piece.set(this.#bytes.subarray(0, end), this.#head.length);
    this.#bytes = this.#bytes.slice(end);
    return piece;
  }

  #readHead() {
    const bytes = this.#bytes;
    if (bytes.length < 4) return;
    if (String.fromCharCode(...bytes.subarray(0, 4)) !== "fLaC") throw new TypeError("this is no FLAC stream");
    let at = 4;
    for (let last = false; !last; ) {
      if (bytes.length < at + 4) return;
      last = bytes[at] >= 0x80;
      at += 4 + ((bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
    }
    if (bytes.length < at) return;
    // Of the head's blocks a piece needs the first, without the whole stream's length and digest.
    const head = bytes.slice(0, 8 + STREAMINFO_BYTES);
    const info = head.subarray(8);
    this.info = {
      rate: (info[10] << 12) | (info[11] << 4) | (info[12] >> 4),
      channels: ((info[12] >> 1) & 7) + 1,
      samples: (info[13] & 15) * 2 ** 32 + (((info[14] << 24) | (info[15] << 16) | (info[16] << 8) | info[17]) >>> 0),
    };
    head[4] = 0x80; // the last block
    info[13] &= 0xf0;
    info.fill(0, 14);
    this.#head = head;
    this.#bytes = bytes.slice(at);
  }
}

/** Where the last frame begins that has another one before it; 0 for none. */
function lastFrame(bytes) {
  for (let at = bytes.length - FRAME_HEADER_MOST; at > 0; at -= 1) {
    if (bytes[at] === 0xff && (bytes[at + 1] & 0xfe) === 0xf8 && isHeader(bytes, at)) return at;
  }
  return 0;
}

/** A frame's header ends with a checksum of itself: samples that look like one are none. */
function isHeader(bytes, at) {
  const sizeCode = bytes[at + 2] >> 4;
  const rateCode = bytes[at + 2] & 15;
  if (sizeCode === 0 || rateCode === 15 || bytes[at + 3] & 1) return false;
  const ones = Math.clz32(~(bytes[at + 4] << 24)); // of the frame's number, written as in UTF-8
  if (ones === 1 || ones > 7) return false;
  const more = Math.max(0, ones - 1);
  const size = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rate = rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  const end = at + 5 + more + size + rate;
  return end < bytes.length && crc8(bytes, at, end) === bytes[end];
}

function crc8(bytes, begin, end) {
  let crc = 0;
  for (let at = begin; at < end; at += 1) {
    crc ^= bytes[at];
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}
