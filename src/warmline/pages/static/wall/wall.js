// Owns what a supervisor sees: the floor, the call that is looked at, the call that is heard, the
// figures. No DOM: the page shows `state` and calls the methods; none of them raises.

import { ask, askUser, goSignIn, Refusal, signOut } from "../account/door.js";
import { Api } from "../desk/api.js";
import { Clips } from "../desk/clip.js";
import { arrived, since } from "../desk/clock.js";
import { Live } from "../desk/live.js";
import { Store } from "../desk/store.js";
import { Talk } from "../desk/talk.js";
import { Ear } from "./ear.js";
import { byNeed, concerns, needOf } from "./need.js";

const TICK_MS = 1_000;
const STATS_MS = 60_000;

const START = {
  phase: "starting", // starting | forbidden | failed | here
  user: null,
  connection: "connecting", // of the feed, see ../desk/live.js
  floor: null, // the newest message of that type
  callId: "", // the call that is looked at
  log: null, // and its CallLog
  seq: 0,
  ear: null, // see ear.js
  earSince: 0, // performance.now() when we began to hear
  doing: [], // what waits for the server
  playing: "", // key of the line whose moment is heard
  hours: 24,
  stats: null, // as the server gives it; `span` is its length in hours
  notice: null, // {title, text, bad}
  polite: "",
};

export class Wall extends Store {
  /** For the transcript: `play`. */
  talk;
  #live;
  #ear = new Ear();
  #clips;
  #alerts = null; // those that are known: "call rule"
  #timers = [];
  #shown = {};

  constructor() {
    super(START, (drawn) => this.#painted(drawn));
    const api = new Api();
    this.#clips = new Clips(api);
    this.talk = new Talk({ store: this, api, clips: this.#clips });
    const address = api.live;
    address.searchParams.set("page", "wall"); // who is an agent, too, takes no calls here
    this.#live = new Live({ address, maySignIn: () => this.#maySignIn() });
    this.#live.addEventListener("state", () => this.#connection());
    this.#live.addEventListener("message", ({ detail }) => this.#message(detail));
    this.#live.addEventListener("applied", ({ detail }) => this.#applied(detail));
    this.#ear.addEventListener("change", () => this.#heard());
    this.addEventListener("signed-out", goSignIn);
    this.state = Object.freeze({ ...START, ear: this.#ear.state });
  }

  async start() {
    try {
      const user = await askUser();
      if (!user) return goSignIn();
      const phase = user.roles.includes("supervisor") ? "here" : "forbidden";
      this.set({ user, phase, notice: null });
      if (phase === "forbidden") return;
    } catch (error) {
      this.set({ phase: "failed" });
      return this.complain(error);
    }
    this.#live.start();
    this.#timers = [
      setInterval(() => this.set(), TICK_MS), // times go on
      setInterval(() => document.hidden || this.#loadStats(), STATS_MS),
    ];
    await this.#loadStats();
  }

  stop() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#live.stop();
    this.#ear.close();
    this.#clips.stop();
  }

  async signOut() {
    this.stop();
    await this.act("sign-out", signOut);
    goSignIn();
  }

  complain(error) {
    if (!(error instanceof Refusal)) return super.complain(error);
    if (error.status === 401) goSignIn();
    this.set({ notice: { title: error.message, text: "", bad: true } });
  }

  closeNotice() {
    this.set({ notice: null });
  }

  // --- the floor ------------------------------------------------------------------------------

  /** The calls {call, moods, waited, need, concerns}, those first that need somebody. */
  get rows() {
    const { floor } = this.state;
    return byNeed(
      (floor?.calls ?? []).map((call) => {
        const known = { moods: call.moods, waited: since(floor, call.since_s) };
        return { id: call.call_id, call, ...known, need: needOf(call, known), concerns: concerns(call, known) };
      }),
    );
  }

  async #maySignIn() {
    return (await askUser().catch(() => true)) !== null;
  }

  #connection() {
    this.set({ connection: this.#live.state });
    if (this.#live.state === "signed_out") goSignIn();
  }

  #message(message) {
    if (message.type === "floor") this.#floor(message);
    else if (message.type === "error") this.set({ notice: { title: message.detail, text: "", bad: true } });
    else this.set();
  }

  #floor(message) {
    this.set({ floor: arrived(message) });
    const now = new Map(
      message.calls.flatMap(({ call_id: id, caller, alerts }) =>
        alerts.map(({ rule, severity, text }) => [`${id} ${rule}`, { caller, severity, text }]),
      ),
    );
    const fresh = [...now].filter(([key]) => this.#alerts && !this.#alerts.has(key));
    this.#alerts = now;
    if (fresh.length) {
      const told = fresh.map(([, { caller, text }]) => `${caller || "Unknown number"}: ${text}`);
      this.set({ polite: `Alert. ${told.join(". ")}` });
    }
  }

  // --- the call that is looked at ---------------------------------------------------------------

  /** Look at this call, or no longer where it is looked at already. */
  open(callId) {
    const { callId: before } = this.now;
    if (before) this.#live.unwatch(before);
    const next = callId === before ? "" : callId;
    if (next) this.#live.watch(next);
    this.#clips.stop();
    this.set({ callId: next, log: this.#live.logs.get(next) ?? null, seq: 0 });
  }

  #applied({ call, log }) {
    if (call === this.now.callId) this.set({ seq: log.seq });
  }

  #painted({ callId, seq }) {
    if (!callId || !seq || (callId === this.#shown.callId && seq === this.#shown.seq)) return;
    this.#shown = { callId, seq };
    this.#live.painted(callId, seq);
  }

  // --- the call that is heard ---------------------------------------------------------------------

  listen(callId) {
    return this.act("listen", async () => {
      await this.#ear.listen(callId);
      this.set({ earSince: performance.now() });
    });
  }

  /** `mode`: listen | whisper | join. */
  become(mode) {
    return this.act("mode", () => this.#ear.become(mode));
  }

  mute(muted) {
    this.#ear.mute(muted);
  }

  hangUp() {
    return this.act("leave", () => this.#ear.leave());
  }

  #heard() {
    const { problem } = this.#ear.state;
    const fresh = problem && problem !== this.now.ear.problem;
    this.set({ ear: this.#ear.state });
    if (fresh) this.complain(problem);
  }

  // --- figures --------------------------------------------------------------------------------------

  lookBack(hours) {
    this.set({ hours });
    return this.#loadStats();
  }

  async #loadStats() {
    const { hours } = this.now;
    try {
      const stats = await ask("GET", `/api/wall/stats?hours=${hours}`);
      if (hours === this.now.hours) this.set({ stats: { ...stats, span: hours } });
    } catch (error) {
      this.complain(error);
    }
  }
}
