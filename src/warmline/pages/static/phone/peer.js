// Owns one RTCPeerConnection and its data channel. A changed network gets a new Peer.
// Must not know what a call is.

import { Problem } from "./problem.js";

const GATHER_MS = 1_000; // candidates that come later follow the offer
const CONNECT_MS = 10_000;

export class Peer extends EventTarget {
  #pc;
  #channel;
  #sender;
  #late = [];
  #sendLate = null;

  /** Events: "message" (detail: the parsed text), "failed". */
  constructor(iceServers, track) {
    super();
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#sender = this.#pc.addTransceiver(track, { direction: "sendrecv" }).sender;
    this.remote = new MediaStream([this.#pc.getReceivers()[0].track]);
    this.#channel = this.#pc.createDataChannel("warmline");
    this.#channel.onmessage = ({ data }) => this.#heard(data);
    this.#channel.onclose = () => this.dispatchEvent(new Event("failed"));
    this.#pc.onconnectionstatechange = () => {
      if (this.#pc.connectionState === "failed") this.dispatchEvent(new Event("failed"));
    };
  }

  /** The offer's SDP, with the candidates of the first second. */
  async offer() {
    await this.#pc.setLocalDescription();
    await this.#gathered();
    const { sdp } = this.#pc.localDescription;
    this.#pc.onicecandidate = ({ candidate }) => this.#found(candidate);
    return sdp;
  }

  #gathered() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      const look = () => {
        if (this.#pc.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        resolve();
      };
      this.#pc.onicegatheringstatechange = look;
      look();
    });
  }

  #found(candidate) {
    const { candidate: line = "", sdpMid, sdpMLineIndex } = candidate ?? {};
    this.#late.push({ candidate: line, sdp_mid: sdpMid, sdp_mline_index: sdpMLineIndex });
    this.#flushLate();
  }

  #flushLate() {
    if (this.#sendLate && this.#late.length) this.#sendLate(this.#late.splice(0));
  }

  /** `sendLate` gets candidates that were found after the offer. Resolves when both can talk. */
  async accept(sdp, sendLate, signal) {
    this.#sendLate = sendLate;
    this.#flushLate();
    try {
      await this.#pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      signal.throwIfAborted();
      throw new Problem("refused", "The server's answer was not understood.");
    }
    await this.#opened(signal);
  }

  #opened(signal) {
    return new Promise((resolve, reject) => {
      const fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      const timer = setTimeout(() => fail(new Problem("no_path", "", false)), CONNECT_MS);
      signal.addEventListener("abort", () => fail(signal.reason), { once: true });
      this.addEventListener("failed", () => fail(new Problem("no_path", "", false)));
      const open = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#channel.readyState === "open") open();
      else this.#channel.onopen = open;
    });
  }

  #heard(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // not for us
    }
    if (message && typeof message.type === "string") {
      this.dispatchEvent(new CustomEvent("message", { detail: message }));
    }
  }

  /** False when it could not be sent now. */
  send(message) {
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  /** Send this microphone's sound from now on. */
  async use(track) {
    const closed = this.#pc.connectionState === "closed";
    if (!closed && this.#sender.track !== track) await this.#sender.replaceTrack(track);
  }

  /** How the server's audio arrives: {received, lost} in packets since the start, jitter in ms. */
  async arriving() {
    const closed = this.#pc.connectionState === "closed";
    for (const report of closed ? [] : (await this.#pc.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") {
        const { packetsReceived = 0, packetsLost = 0, jitter = 0 } = report;
        return { received: packetsReceived, lost: packetsLost, jitterMs: jitter * 1000 };
      }
    }
    return { received: 0, lost: 0, jitterMs: 0 };
  }

  close() {
    this.#channel.onclose = null;
    this.#pc.onconnectionstatechange = null;
    this.#pc.onicecandidate = null;
    this.#pc.close();
  }
}
