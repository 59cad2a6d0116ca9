// Owns the live feed: one WebSocket that comes back by itself, and the calls that are watched.
// Every entry of a watched call is taken once and in order, however often the socket broke.
// Must not know what the messages mean. No DOM but the page's own coming and going.

import { CallLog } from "./log.js";

const PING_MS = 5_000;
const SILENT_MS = 12_000; // two pings without an answer: the way is dead
const WAKE_MS = 2_500; // a socket that slept must answer by then
const RETRY_MS = { first: 250, most: 5_000 };
const SIGNED_OUT = 4401;

export class Live extends EventTarget {
  /** "connecting" | "open" | "reconnecting" | "signed_out" */
  state = "connecting";
  /** By call id. */
  logs = new Map();
  #address;
  #maySignIn;
  #socket = null;
  #epoch = null;
  #asked = new Map(); // call id: when it was asked to fill a gap
  #attempt = 0;
  #retry = 0;
  #heartbeat = 0;
  #heardAt = 0;
  #listening = null;

  /**
   * Events: "state"; "message" (detail: floor, lag, end, error …); "applied" (detail: {call, log,
   * fresh}). `maySignIn` resolves to whether there is still a session: a refused socket does not
   * say why.
   */
  constructor({ address, maySignIn }) {
    super();
    this.#address = address;
    this.#maySignIn = maySignIn;
  }

  start() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake(), {
      signal,
    });
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#wake(), { signal });
    window.addEventListener("online", () => this.#wake(), { signal });
    this.#heartbeat = setInterval(() => this.#ping(), PING_MS);
    this.#connect();
  }

  stop() {
    this.#listening?.abort();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#retry);
    this.#leave();
  }

  /** A new socket: the server takes the newest page of an agent for the one with the controls. */
  restart() {
    this.#leave();
    this.#connect();
  }

  watch(call) {
    if (this.logs.has(call)) return;
    this.logs.set(call, new CallLog());
    this.#ask(call);
  }

  unwatch(call) {
    if (this.logs.delete(call)) this.#send({ type: "unwatch", call });
    this.#asked.delete(call);
  }

  /** The browser has drawn all up to this number. */
  painted(call, seq) {
    this.#send({ type: "painted", call, seq });
  }

  // --- the socket ---------------------------------------------------------------------------

  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    const socket = (this.#socket = new WebSocket(this.#address));
    this.#heardAt = performance.now();
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  /** A socket on a dead way closes late: what it still says is not for us. */
  #leave() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  async #closed(code) {
    const opened = this.state === "open";
    this.#socket = null;
    if (code === SIGNED_OUT) return this.#set("signed_out");
    this.#set("reconnecting");
    const wait = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#attempt);
    this.#attempt += 1;
    // Not all desks at once after the server was away.
    this.#retry = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 4));
    if (!opened && !(await this.#maySignIn())) {
      clearTimeout(this.#retry);
      this.#leave();
      this.#set("signed_out");
    }
  }

  #lost() {
    this.#leave();
    this.#closed(0);
  }

  #ping() {
    if (this.state !== "open") return;
    if (performance.now() - this.#heardAt > SILENT_MS) this.#lost();
    else this.#send({ type: "ping" });
  }

  /** The page was asleep or the network changed: a socket may look open and be dead. */
  #wake() {
    if (this.state === "signed_out") return;
    if (this.#retry) return this.#connect();
    const socket = this.#socket;
    const before = this.#heardAt;
    if (this.state !== "open") return;
    this.#send({ type: "ping" });
    setTimeout(() => {
      if (socket === this.#socket && this.#heardAt === before) this.#lost();
    }, WAKE_MS);
  }

  #send(message) {
    if (this.state !== "open" || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
  }

  // --- what the server says -----------------------------------------------------------------

  #heard(data) {
    this.#heardAt = performance.now();
    const message = JSON.parse(data);
    switch (message.type) {
      case "hello":
        return this.#hello(message);
      case "pong":
        this.#attempt = 0; // it has held for a while
        return;
      case "reset":
        this.#epoch = message.epoch;
        for (const log of this.logs.values()) log.forget();
        return;
      case "snapshot":
      case "call":
        return this.#take(message);
      case "end":
        this.#ended(message.call);
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #hello({ epoch }) {
    // Numbers of another server's life mean nothing in this one's.
    if (epoch !== this.#epoch) for (const log of this.logs.values()) log.forget();
    this.#epoch = epoch;
    this.#set("open");
    for (const call of this.logs.keys()) this.#ask(call);
  }

  /** All after what is here, or a snapshot where nothing is here. */
  #ask(call) {
    const { seq } = this.logs.get(call);
    this.#asked.set(call, performance.now());
    const where = seq === null ? {} : { after: seq, epoch: this.#epoch };
    this.#send({ type: "watch", call, ...where });
  }

  #take(message) {
    const { call } = message;
    const log = this.logs.get(call);
    if (!log) return; // not watched any more
    const { outcome, fresh } = log.take(message);
    if (outcome === "applied") {
      this.#asked.delete(call);
      this.dispatchEvent(new CustomEvent("applied", { detail: { call, log, fresh } }));
    } else if (outcome === "gap") {
      const waiting = performance.now() - (this.#asked.get(call) ?? -Infinity) < PING_MS;
      if (waiting) return;
      this.#send({ type: "unwatch", call }); // for the server there is no gap
      this.#ask(call);
    }
  }

  #ended(call) {
    const log = this.logs.get(call);
    if (!log) return;
    log.ended = true;
    log.version += 1;
  }
}
