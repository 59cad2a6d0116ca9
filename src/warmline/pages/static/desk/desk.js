// Owns one agent's desk: who is signed in, the floor, which call is theirs. No DOM: the page shows
// `state` and calls the methods; none of them raises, `state.notice` tells.

import { Problem } from "../phone/problem.js";
import { Api } from "./api.js";
import { Bell } from "./bell.js";
import { Clips } from "./clip.js";
import { arrived } from "./clock.js";
import { Live } from "./live.js";
import { Media } from "./media.js";
import { asProblem, Store } from "./store.js";
import { Talk } from "./talk.js";
import { explain } from "./words.js";

const TICK_MS = 1_000;
const START = {
  phase: "starting", // starting | signed_out | forbidden | failed | here
  user: null,
  connection: "connecting", // of the feed, see live.js
  lag: 0, // seconds that this page was behind when it painted last
  lagAt: 0, // performance.now() of that
  floor: null, // the newest message of that type
  callId: "", // the call that is ours
  log: null, // and its CallLog
  seq: 0, // number of its newest entry
  heardAt: 0, // performance.now() of the last words
  media: null, // see media.js
  doing: [], // actions that wait for the server
  playing: "", // key of the line whose moment is heard
  earlier: null, // this caller's earlier calls
  wrapup: null, // {summary, dispositions, fields, second}; empty while it is asked for
  second: null, // a model's draft {text, sentences: [{text, lines}]}; empty while it is asked for
  notice: null, // {title, text, bad}
  polite: "", // for screen readers
  urgent: "",
};

export class Desk extends Store {
  /** What is done in our call. */
  talk;
  #api;
  #live;
  #media;
  #clips;
  #bell = new Bell();
  #tick = 0;
  #joining = ""; // accepted, and the floor does not tell yet
  #shown = {}; // {callId, seq} that the browser has drawn
  #rejoined = ""; // the call whose sound was asked for without a click, once

  constructor(server = "") {
    super(START, (drawn) => this.#painted(drawn));
    this.#api = new Api(server);
    this.#media = new Media(this.#api);
    this.#clips = new Clips(this.#api);
    this.talk = new Talk({ store: this, api: this.#api, media: this.#media, clips: this.#clips });
    this.#live = new Live({
      address: this.#api.live,
      maySignIn: () => this.#maySignIn(),
    });
    this.#media.addEventListener("change", () => this.set({ media: this.#media.state }));
    this.#live.addEventListener("state", () => this.#connection());
    this.#live.addEventListener("message", ({ detail }) => this.#message(detail));
    this.#live.addEventListener("applied", ({ detail }) => this.#applied(detail));
    this.addEventListener("signed-out", () => this.#signedOut());
    this.state = Object.freeze({ ...START, media: this.#media.state });
  }

  get microphone() {
    return this.#media.microphone;
  }

  /** Where to sign in, and come back from to `next`. */
  signIn(next) {
    return this.#api.at(`sign-in?next=${encodeURIComponent(next)}`).href;
  }

  async start() {
    try {
      const user = await this.#api.session();
      const phase = user.roles.includes("agent") ? "here" : "forbidden";
      this.set({ user, phase, notice: null });
      if (phase === "forbidden") return;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "signed_out") return this.set({ phase: "signed_out" });
      return this.set({ phase: "failed", notice: { ...explain(problem), bad: true } });
    }
    this.#live.start();
    this.#tick = setInterval(() => this.set(), TICK_MS); // times go on
    await this.tryMicrophone();
  }

  stop() {
    clearInterval(this.#tick);
    this.#live.stop();
    this.#media.close();
    this.#clips.stop();
    this.#bell.stop();
  }

  /** Our caller, if there is one, goes back to the queue. */
  async signOut() {
    if (await this.act("sign-out", () => this.#api.signOut())) this.#signedOut();
  }

  #signedOut() {
    this.stop();
    this.set({ phase: "signed_out" });
  }

  // --- the feed -----------------------------------------------------------------------------

  async #maySignIn() {
    try {
      await this.#api.session();
    } catch (error) {
      return asProblem(error).code !== "signed_out";
    }
    return true;
  }

  #connection() {
    this.set({ connection: this.#live.state, lag: 0 });
    if (this.#live.state === "signed_out") this.#signedOut();
  }

  #message(message) {
    switch (message.type) {
      case "floor":
        return this.#floor(message);
      case "lag":
        return this.set({ lag: message.seconds, lagAt: performance.now() });
      case "end":
        return this.set();
      case "error":
        return this.set({
          notice: { title: "The server objects", text: message.detail, bad: true },
        });
    }
  }

  #floor(message) {
    const floor = arrived(message);
    const { offer, assignment, controls } = floor;
    const known = this.now.floor?.offer?.offer;
    this.set({ floor });
    if (offer && controls) this.#bell.ring();
    else this.#bell.stop();
    if (offer?.offer !== known) {
      this.set({ urgent: offer ? `A caller for ${offer.queue}. Press A to accept.` : "" });
    }
    this.#show(assignment?.call_id ?? this.#joining);
    if (assignment?.state === "wrap_up" && !this.now.wrapup) this.#loadWrapUp();
    this.#follow();
  }

  /** Have sound where the server says that we are, and nowhere else. */
  #follow() {
    const { floor } = this.now;
    // The floor may tell of our call before the answer to our accepting it does.
    if (!floor || this.#joining || this.now.doing.includes("accept")) return;
    const { assignment, controls } = floor;
    if (!controls || !assignment || assignment.state === "wrap_up") return this.#media.leave();
    const { phase, problem } = this.#media.state;
    const loadedAnew = phase === "idle" && !problem && this.#rejoined !== assignment.call_id;
    if (loadedAnew) this.comeBack();
  }

  #show(callId) {
    const { callId: before } = this.now;
    if (callId === before) return;
    if (before) this.#live.unwatch(before);
    if (callId) this.#live.watch(callId);
    const log = this.#live.logs.get(callId) ?? null;
    this.#clips.stop();
    this.set({ callId, log, seq: 0, earlier: null, wrapup: null, second: null, heardAt: 0, polite: "" });
    if (callId) this.#load("earlier", ({ calls }) => ({ earlier: calls }));
  }

  async #loadWrapUp() {
    const { callId } = this.now;
    this.set({ wrapup: {} });
    await this.#load("wrapup", (wrapup) => ({ wrapup }));
    if (callId === this.now.callId && this.now.wrapup?.second) this.#loadSecond();
  }

  /** Nobody waits for it, and nobody is told when it does not come. */
  async #loadSecond() {
    const { callId } = this.now;
    this.set({ second: {} });
    const second = await this.#api.secondDraft(callId).catch(() => ({}));
    if (callId !== this.now.callId) return;
    this.set({ second: second.text ? second : null });
    if (second.text) this.set({ polite: "There is a second draft of the summary." });
  }

  async #load(what, changes) {
    const { callId } = this.now;
    try {
      const answer = await this.#api.get(`api/desk/calls/${encodeURIComponent(callId)}/${what}`);
      if (callId === this.now.callId) this.set(changes(answer));
    } catch (error) {
      this.complain(error);
    }
  }

  #applied({ call, log, fresh }) {
    if (call !== this.now.callId) return;
    this.set({ seq: log.seq });
    for (const { kind, who, final, text, hint } of fresh) {
      if (kind === "line") this.set({ heardAt: performance.now() });
      if (kind === "line" && who === "caller" && final) this.set({ polite: `Caller: ${text}` });
      if (kind === "hint" && hint) this.set({ polite: `Hint: ${hint.title}. ${hint.text}` });
    }
  }

  #painted({ callId, seq }) {
    if (!callId || !seq || (callId === this.#shown.callId && seq === this.#shown.seq)) return;
    this.#shown = { callId, seq };
    this.#live.painted(callId, seq);
  }

  // --- what an agent does -------------------------------------------------------------------

  closeNotice() {
    this.set({ notice: null });
  }

  /** Whether it is open; its failure stands in `state.media.problem`, until it is tried again. */
  async tryMicrophone() {
    try {
      await this.#media.ready();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return false;
    }
  }

  /** `state`: available | away. */
  presence(state) {
    return this.act("presence", () => this.#api.post("api/desk/presence", { state }));
  }

  /**
   * Take an offer (its id) or a caller who waits (the call's id). Whoever cannot be heard accepts
   * nobody: the microphone comes first.
   */
  async accept(target = this.now.floor.offer.offer) {
    this.#bell.stop();
    if (!(await this.tryMicrophone())) return;
    const path = `api/desk/offers/${encodeURIComponent(target)}/accept`;
    const accepted = await this.act("accept", () => this.#api.post(path));
    if (accepted) await this.#join(accepted.call_id, accepted);
    else this.#follow();
  }

  decline() {
    const { offer } = this.now.floor;
    this.#bell.stop();
    const path = `api/desk/offers/${encodeURIComponent(offer.offer)}/decline`;
    return this.act("decline", () => this.#api.post(path));
  }

  /** Be heard again in the call that is ours. */
  async comeBack() {
    const { call_id: callId } = this.now.floor.assignment;
    this.#rejoined = callId;
    const ticket = await this.act("media", () => this.#api.call(callId, "media"));
    if (ticket) await this.#join(callId, ticket);
  }

  async #join(callId, ticket) {
    this.#joining = this.#rejoined = callId;
    this.#show(callId);
    await this.#media.join(callId, ticket);
    this.#joining = "";
    this.#follow();
  }

  calledBack(id) {
    const path = `api/desk/callbacks/${encodeURIComponent(id)}/done`;
    return this.act("callback", () => this.#api.post(path));
  }

  /** Have the controls here, and not in another tab. */
  takeOver() {
    this.#live.restart();
  }
}
