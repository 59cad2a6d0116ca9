// Owns one call at a time: its states, its connection, its end. No DOM: the page shows `call`.
//
//   idle → microphone → connecting → talking ⇄ reconnecting → ended → (start again)
//
// Every way out leads to `ended` with a reason (the call was led to its end) or a problem.

import { withCaption, withoutUnsaid } from "./captions.js";
import { askToken, sendCandidates, sendOffer } from "./door.js";
import { Microphone } from "./microphone.js";
import { Peer } from "./peer.js";
import { asProblem, Problem } from "./problem.js";
import { lossBetween, rate } from "./quality.js";
import { wait } from "./wait.js";

const PING_MS = 3_000;
const UNANSWERED = 2; // pings without an answer: the way is dead
const STARTED_MS = 15_000; // the server is connected but does not take the call
const RESTART_MS = 28_000; // a server keeps a lost caller's place for 30 s
const RETRY_MS = [0, 500, 1_000, 2_000];
const FAREWELL_MS = 500; // for the last message to leave

const IDLE = Object.freeze({
  phase: "idle",
  flow: "",
  callId: "",
  startedAt: 0, // ms, performance.now()
  seconds: 0, // of the ended call
  muted: false,
  microphoneLost: false,
  showCaptions: false,
  captions: [],
  quality: null, // see quality.js
  remote: null, // MediaStream of the bot
  reason: "", // why it ended, in the server's words
  problem: null, // or the Problem that ended it
});

export class Phone extends EventTarget {
  /** What the page shows; replaced, never changed. Each time a "change" event is fired. */
  call = IDLE;
  microphone = new Microphone();
  #abort = null;
  #peer = null;
  #pcId = "";
  #timer = 0;
  #unanswered = 0;
  #pingedAt = 0;
  #before = { received: 0, lost: 0 };
  #uplink = {};
  #downlink = {};

  constructor() {
    super();
    this.microphone.addEventListener("lost", () => this.#reopenMicrophone());
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.call.microphoneLost) this.#reopenMicrophone();
    });
    window.addEventListener("online", () => this.#restart());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#unanswered > 0) this.#restart();
    });
    window.addEventListener("pagehide", () => this.hangUp());
  }

  #set(changes) {
    this.call = Object.freeze({ ...this.call, ...changes });
    this.dispatchEvent(new Event("change"));
  }

  get busy() {
    return !["idle", "ended"].includes(this.call.phase);
  }

  // --- what a caller does -------------------------------------------------------------------

  /** Call a flow; an empty name is the server's own choice. Never raises: `call` tells. */
  async start({ flow = "", showCaptions = false } = {}) {
    if (this.busy) return;
    const { signal } = (this.#abort = new AbortController());
    this.#set({ ...IDLE, phase: "microphone", flow, showCaptions });
    try {
      if (!window.RTCPeerConnection) throw new Problem("no_webrtc");
      await this.microphone.open();
      if (signal.aborted) return this.busy || this.microphone.close(); // hung up at the question
      this.#set({ phase: "connecting" });
      await this.#connect(signal);
      await wait(STARTED_MS, signal);
      if (this.call.phase === "connecting") throw new Problem("not_answered");
    } catch (error) {
      if (!signal.aborted) this.#end({ problem: asProblem(error) });
    }
  }

  hangUp() {
    if (!this.busy) return;
    this.#peer?.send({ type: "stop" });
    this.#end({ reason: "you_hung_up" });
  }

  /** Forget the call that has ended. */
  reset() {
    if (!this.busy) this.#set(IDLE);
  }

  /** One of 0-9 * #. False when it could not be sent. */
  press(digit) {
    return this.#peer?.send({ type: "dtmf", digit }) ?? false;
  }

  mute(muted = !this.call.muted) {
    this.microphone.muted = muted;
    this.#set({ muted });
  }

  caption(showCaptions = !this.call.showCaptions) {
    this.#peer?.send({ type: "captions", on: showCaptions });
    this.#set({ showCaptions });
  }

  // --- the connection -----------------------------------------------------------------------

  /** A new peer. With a `#pcId` it joins the same call; the old one stays until it is up. */
  async #connect(signal) {
    const { token, ice_servers: iceServers = [] } = await askToken(signal);
    const peer = new Peer(iceServers, this.microphone.track);
    try {
      peer.addEventListener("message", ({ detail }) => this.#heard(peer, detail));
      const { flow, showCaptions: captions } = this.call;
      const offer = { sdp: await peer.offer(), type: "offer", token, flow, captions };
      if (this.#pcId) offer.pc_id = this.#pcId;
      const answer = await sendOffer(offer, signal);
      this.#pcId = answer.pc_id;
      await peer.accept(answer.sdp, (late) => sendCandidates(answer.pc_id, late), signal);
    } catch (error) {
      peer.close();
      throw error;
    }
    this.#peer?.close();
    this.#use(peer);
  }

  #use(peer) {
    this.#peer = peer;
    peer.use(this.microphone.track); // another one may have been plugged in meanwhile
    this.#set({ remote: peer.remote });
    peer.addEventListener("failed", () => peer === this.#peer && this.#restart());
    this.#unanswered = 0;
    this.#before = { received: 0, lost: 0 };
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#ping(peer), PING_MS);
    this.#ping(peer);
  }

  #drop() {
    clearInterval(this.#timer);
    const peer = this.#peer;
    this.#peer = null;
    if (peer) setTimeout(() => peer.close(), FAREWELL_MS);
  }

  async #ping(peer) {
    if (this.#unanswered >= UNANSWERED) this.#restart();
    this.#unanswered += 1;
    this.#pingedAt = performance.now();
    peer.send({ type: "ping" });
    const now = await peer.arriving();
    this.#downlink.loss = lossBetween(this.#before, now);
    this.#downlink.jitterMs = now.jitterMs;
    this.#before = now;
  }

  /** Another way to the same call: the network changed, or the way is dead. */
  async #restart() {
    if (this.call.phase !== "talking") return;
    const { signal } = this.#abort;
    this.#set({ phase: "reconnecting" });
    const giveUpAt = performance.now() + RESTART_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await wait(RETRY_MS[attempt] ?? RETRY_MS.at(-1), signal);
        await this.#connect(signal);
        return this.#set({ phase: "talking" });
      } catch (error) {
        if (signal.aborted) return;
        const problem = asProblem(error);
        if (problem.final || performance.now() > giveUpAt) {
          const gone = problem.code === "server_gone";
          return this.#end({ problem: gone ? problem : new Problem("lost") });
        }
      }
    }
  }

  async #reopenMicrophone() {
    if (!this.busy) return;
    this.#set({ microphoneLost: true });
    try {
      await this.microphone.open();
      await this.#peer?.use(this.microphone.track);
      this.#set({ microphoneLost: false });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  // --- what the server says -----------------------------------------------------------------

  #heard(peer, message) {
    if (peer !== this.#peer || !this.busy) return;
    switch (message.type) {
      case "started":
        this.#started(message.call_id);
        break;
      case "caption":
        this.#set({ captions: withCaption(this.call.captions, message) });
        break;
      case "clear":
        this.#set({ captions: withoutUnsaid(this.call.captions) });
        break;
      case "pong":
        this.#unanswered = 0;
        this.#downlink.delayMs = (performance.now() - this.#pingedAt) / 2;
        this.#rate();
        break;
      case "quality":
        this.#uplink = {
          loss: message.loss,
          jitterMs: message.jitter_ms,
          delayMs: message.delay_ms,
        };
        this.#rate();
        break;
      case "ended":
        this.#ended(message);
        break;
    }
  }

  #started(callId) {
    if (this.call.phase !== "connecting") return; // said again after a restart
    this.#set({ phase: "talking", callId, startedAt: performance.now() });
  }

  #rate() {
    this.#set({ quality: rate([this.#uplink, this.#downlink]) });
  }

  #ended({ reason = "", code = "", message = "" }) {
    if (!code) return this.#end({ reason });
    const known = ["busy", "unknown_flow"].includes(code);
    this.#end({ problem: new Problem(known ? code : "refused", known ? "" : message) });
  }

  #end({ reason = "", problem = null }) {
    const { startedAt } = this.call;
    const seconds = startedAt ? (performance.now() - startedAt) / 1000 : 0;
    this.#set({ phase: "ended", reason, problem, seconds, quality: null, remote: null });
    this.#abort.abort();
    this.#drop();
    this.#pcId = "";
    this.#uplink = {};
    this.#downlink = {};
    this.microphone.close();
  }
}
