// Owns one call as its page knows it: the record, the log, what the desk showed of it, the sound.
// No DOM: the page shows `state` and calls the methods; none of them raises.

import { ask, askUser, goSignIn, signOut } from "../account/door.js";
import { Api } from "../desk/api.js";
import { Live } from "../desk/live.js";
import { asProblem, Store } from "../desk/store.js";
import { example } from "./example.js";
import { lineAt } from "./plot.js";
import { Player } from "./player.js";
import { loudness } from "./sound.js";
import { recordingOf, turnsOf } from "./turns.js";

const EVENTS = 10_000; // of the log, in one answer

const START = {
  phase: "starting", // starting | forbidden | missing | failed | here
  wrong: "",
  user: null,
  doing: [],
  record: null, // the server's record of the call
  events: [], // its log
  turns: [],
  recording: { recorded: false, words: "" },
  log: null, // its CallLog: lines, moods, packet
  packet: null, // {seq, then, packet}: at the last handover, when it is `then`; else as it is now
  wrapups: [],
  time: 0, // of the player, in seconds
  current: "", // key of the line that is heard
  sound: null, // see sound.js
  soundWords: "", // why it cannot be drawn
};

export class OneCall extends Store {
  callId;
  player;
  /** For the transcript: `play` a line. */
  talk = { play: (line) => this.hear(line.audio_at) };
  #live;
  #leaving = new AbortController();

  constructor(callId) {
    super(START, () => {});
    this.callId = callId;
    this.player = new Player(this.#path("audio"));
    this.player.addEventListener("change", () => this.#played());
    const address = new Api().live;
    address.searchParams.set("page", "wall"); // it only looks
    this.#live = new Live({ address, maySignIn: async () => (await askUser().catch(() => true)) !== null });
    this.#live.addEventListener("applied", () => this.#applied());
    this.#live.addEventListener("message", ({ detail }) => detail.type === "end" && this.#ended());
  }

  #path(what = "") {
    return `/api/calls/${encodeURIComponent(this.callId)}${what && `/${what}`}`;
  }

  async start() {
    try {
      const user = await askUser();
      if (!user) return goSignIn();
      if (!user.roles.includes("supervisor")) return this.set({ user, phase: "forbidden" });
      const [record, events] = await Promise.all([ask("GET", this.#path()), this.#events()]);
      const recording = recordingOf(events);
      this.#live.watch(this.callId);
      this.#live.start();
      const log = this.#live.logs.get(this.callId);
      this.set({ user, record, events, recording, log, turns: turnsOf(events), phase: "here" });
    } catch (error) {
      if (error.status === 401) return goSignIn();
      return this.set({ phase: error.status === 404 ? "missing" : "failed", wrong: error.message });
    }
    const papers = await ask("GET", this.#path("wrapups")).catch(() => ({ wrapups: [] }));
    this.set({ wrapups: papers.wrapups });
  }

  stop() {
    this.#leaving.abort();
    this.#live.stop();
    this.player.close();
  }

  async signOut() {
    this.stop();
    await signOut().catch(() => {});
    goSignIn();
  }

  async #events() {
    const events = [];
    for (let after = 0; ; ) {
      const page = await ask("GET", `${this.#path("events")}?after=${after}&limit=${EVENTS}`);
      events.push(...page.events);
      if (page.events.length < EVENTS) return events;
      after = page.last_seq;
    }
  }

  #applied() {
    this.set();
    const { packet: newest } = this.now.log?.get("packet") ?? {};
    const seq = newest?.why?.seq; // of the handover that counts; none was taken back
    if (seq && seq !== this.now.packet?.seq) this.#loadPacket(seq, newest);
  }

  /** What its agent was handed; where that cannot be had, the newest. */
  async #loadPacket(seq, newest) {
    this.set({ packet: { seq, then: true, packet: null } });
    const path = `/api/desk/calls/${encodeURIComponent(this.callId)}/packet?seq=${seq}`;
    const packet = await ask("GET", path).catch(() => null);
    if (seq === this.now.packet.seq) this.set({ packet: { seq, then: packet !== null, packet: packet ?? newest } });
  }

  /** All of it is here; what can be heard of it is the recording. */
  #ended() {
    const { log, recording } = this.now;
    log.ended = !recording.recorded;
    this.#live.stop();
    this.set();
  }

  /** Seconds of the whole call: of its sound, or as the log tells. */
  get seconds() {
    const { events, sound, log } = this.state;
    const lines = log?.of("line") ?? [];
    const told = Math.max(0, events.at(-1)?.at ?? 0, ...lines.map(({ audio_end: end }) => end));
    return this.player.duration || Math.max(told, sound?.seconds ?? 0);
  }

  // --- hearing --------------------------------------------------------------------------------

  toggle() {
    if (this.player.playing) return this.player.pause();
    return this.#play();
  }

  hear(time) {
    this.seek(time);
    return this.#play();
  }

  seek(time) {
    this.player.seek(time);
  }

  async #play() {
    const first = !this.player.begun;
    try {
      await this.player.play();
    } catch (error) {
      asProblem(error);
    }
    if (first && !this.player.failed) await this.#draw();
  }

  #played() {
    const { time } = this.player;
    const lines = this.now.log?.of("line") ?? [];
    const current = this.player.begun ? (lineAt(lines, time)?.key ?? "") : "";
    this.set({ time, current });
    if (this.player.failed) this.set({ recording: { recorded: false, words: "The recording is not there any more, or your browser cannot play it." } });
  }

  /** How loud both tracks are; where that cannot be had, their lines do. */
  async #draw() {
    const { signal } = this.#leaving;
    try {
      const tell = (sound) => this.set({ sound: { ...sound } });
      const sound = await loudness(this.#path("audio"), signal, tell);
      this.set(sound ? { sound } : { sound: null, soundWords: "The call is too long to draw its sound." });
    } catch {
      if (!signal.aborted) this.set({ sound: null, soundWords: "The sound cannot be drawn here." });
    }
  }

  /** {name, text} of a file: a test of the flow that does what was done up to this turn. */
  example(turn) {
    const { events, record } = this.state;
    return { name: `${record.flow || "call"}-turn-${turn}.yaml`, text: example(this.callId, events, turn) };
  }
}
