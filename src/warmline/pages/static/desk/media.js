// Owns the agent's sound: the microphone, the connection to one call, its way back.
// Must not know offers or queues. No DOM: the page plays `state.remote`.
//
//   idle → connecting → talking ⇄ reconnecting → idle, with or without a problem

import { Microphone } from "../phone/microphone.js";
import { Peer } from "../phone/peer.js";
import { asProblem, Problem } from "../phone/problem.js";
import { wait } from "../phone/wait.js";

const PING_MS = 3_000;
const UNANSWERED = 2; // pings without an answer: the way is dead
const RESTART_MS = 28_000; // a server keeps a lost agent's place for 30 s
const RETRY_MS = [0, 500, 1_000, 2_000];

const IDLE = Object.freeze({
  phase: "idle",
  callId: "",
  muted: false,
  microphone: "unknown", // unknown | asking | ready | missing
  remote: null, // MediaStream of all that the agent hears
  problem: null,
});

export class Media extends EventTarget {
  /** Replaced, never changed; each time a "change" event is fired. */
  state = IDLE;
  microphone = new Microphone();
  #api;
  #abort = null;
  #peer = null;
  #pcId = "";
  #ticket = null; // {media_token, ice_servers}
  #timer = 0;
  #unanswered = 0;

  constructor(api) {
    super();
    this.#api = api;
    this.microphone.addEventListener("lost", () => this.#reopen());
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state.microphone === "missing") this.#reopen();
    });
  }

  #set(changes) {
    this.state = Object.freeze({ ...this.state, ...changes });
    this.dispatchEvent(new Event("change"));
  }

  /** Have the microphone open, silent until a call, so that no question delays one. */
  async ready() {
    this.#set({ microphone: "asking", problem: null });
    try {
      if (!window.RTCPeerConnection) throw new Problem("no_webrtc");
      this.microphone.muted = this.state.phase === "idle" || this.state.muted;
      await this.microphone.open();
      this.#set({ microphone: "ready" });
    } catch (error) {
      this.#set({ microphone: "missing", problem: asProblem(error) });
      throw this.state.problem;
    }
  }

  /** Be heard in this call. Raises nothing: `state` tells. */
  async join(callId, ticket) {
    this.leave();
    const { signal } = (this.#abort = new AbortController());
    this.#ticket = ticket;
    this.#set({ phase: "connecting", callId, muted: false, problem: null });
    try {
      await this.ready();
      await this.#connect(signal);
      this.microphone.muted = this.state.muted;
      this.#set({ phase: "talking" });
    } catch (error) {
      if (!signal.aborted) this.#end(asProblem(error));
    }
  }

  leave() {
    if (this.#abort) this.#end(null);
  }

  mute(muted) {
    this.microphone.muted = muted;
    this.#set({ muted });
  }

  /** Signed out: the microphone goes off for good. */
  close() {
    this.leave();
    this.microphone.close();
    this.#set({ microphone: "unknown" });
  }

  #end(problem) {
    this.#abort?.abort();
    this.#abort = null;
    clearInterval(this.#timer);
    this.#peer?.close();
    this.#peer = null;
    this.#pcId = "";
    this.microphone.muted = true;
    const { microphone } = this.state;
    this.#set({ ...IDLE, microphone, problem });
  }

  // --- the connection -----------------------------------------------------------------------

  /** A new peer. With a `#pcId` it takes the old one's place in the same call. */
  async #connect(signal) {
    const { media_token: token, ice_servers: iceServers = [] } = this.#ticket;
    const peer = new Peer(iceServers, this.microphone.track);
    try {
      peer.addEventListener("message", ({ detail }) => this.#heard(peer, detail));
      const offer = { sdp: await peer.offer(), type: "offer", token };
      if (this.#pcId) offer.pc_id = this.#pcId;
      const { sdp, pc_id: pcId } = await this.#api.offer(offer, signal);
      this.#pcId = pcId;
      await peer.accept(sdp, (late) => this.#api.candidates(pcId, late), signal);
    } catch (error) {
      peer.close();
      throw error;
    }
    this.#peer?.close();
    this.#use(peer);
  }

  #use(peer) {
    this.#peer = peer;
    peer.use(this.microphone.track);
    peer.addEventListener("failed", () => peer === this.#peer && this.#restart());
    this.#unanswered = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#ping(peer), PING_MS);
    this.#set({ remote: peer.remote });
  }

  #ping(peer) {
    if (this.#unanswered >= UNANSWERED) return this.#restart();
    this.#unanswered += 1;
    peer.send({ type: "ping" });
  }

  #heard(peer, { type }) {
    if (peer !== this.#peer) return;
    if (type === "pong") this.#unanswered = 0;
    if (type === "ended") this.leave(); // what became of the call, the feed tells
  }

  /** Another way to the same call: the network changed, or the way is dead. */
  async #restart() {
    if (this.state.phase !== "talking") return;
    const { signal } = this.#abort;
    const { callId } = this.state;
    this.#set({ phase: "reconnecting" });
    const giveUpAt = performance.now() + RESTART_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await wait(RETRY_MS[attempt] ?? RETRY_MS.at(-1), signal);
        if (!this.#pcId) this.#ticket = await this.#api.call(callId, "media");
        signal.throwIfAborted();
        await this.#connect(signal);
        return this.#set({ phase: "talking" });
      } catch (error) {
        if (signal.aborted) return;
        const problem = asProblem(error);
        const retry = !problem.final || this.#pcId;
        if (problem.final) this.#pcId = ""; // our place is gone: ask for a new one
        if (!retry || performance.now() > giveUpAt) return this.#end(problem);
      }
    }
  }

  async #reopen() {
    try {
      await this.ready();
      await this.#peer?.use(this.microphone.track);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
}
