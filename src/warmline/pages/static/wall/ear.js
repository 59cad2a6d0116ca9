// Owns a supervisor's part in one call: to hear it, to speak to its agent, to speak to all. Who only
// listens needs no microphone, and has none open. Must not know the floor.
//
//   idle → connecting → talking ⇄ reconnecting → idle, with or without a problem

import { ask, Refusal } from "../account/door.js";
import { Media } from "../desk/media.js";
import { sendCandidates, sendOffer } from "../phone/door.js";
import { audioContext } from "../phone/meter.js";
import { Problem } from "../phone/problem.js";

export class Ear extends EventTarget {
  #mode = "";
  #media = new Media({
    offer: sendOffer,
    candidates: sendCandidates,
    call: (callId) => this.#ticket(callId, this.#mode),
  });
  #microphone = this.#media.microphone;
  #silence = new Silence();

  constructor() {
    super();
    this.#media.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  /** {phase, callId, mode, muted, remote, problem}; `mode`: listen | whisper | join. */
  get state() {
    const { phase, callId, muted, remote, problem } = this.#media.state;
    return { phase, callId, muted, remote, problem, mode: phase === "idle" ? "" : this.#mode };
  }

  /** Raises Problem when it may not be; what becomes of it then, `state` tells. */
  async listen(callId) {
    await this.leave();
    audioContext(); // begun by a click, it may sound
    const ticket = await this.#ticket(callId, "listen");
    this.#mode = "listen";
    this.#media.microphone = this.#silence;
    await this.#media.join(callId, ticket);
  }

  /** Be heard by others in the call that is heard. Whoever has no microphone goes on listening. */
  async become(mode) {
    const { callId } = this.state;
    if (mode === "listen") this.#speakInto(this.#silence);
    else await this.#microphone.open();
    await this.#ticket(callId, mode);
    this.#mode = mode;
    if (mode === "listen") this.#microphone.close();
    else this.#speakInto(this.#microphone);
    this.dispatchEvent(new Event("change"));
  }

  mute(muted) {
    this.#media.mute(muted);
  }

  async leave() {
    const { callId } = this.#media.state;
    this.#media.leave();
    this.#microphone.close();
    if (callId) await to(ask("DELETE", path(callId)));
  }

  /** The page is left. */
  close() {
    this.#media.close();
    this.#microphone.close();
  }

  #speakInto(microphone) {
    if (this.#media.microphone === microphone) return;
    this.#media.microphone = microphone;
    // It takes the other's sound as it would that of a microphone plugged in anew.
    this.#microphone.dispatchEvent(new Event("lost"));
  }

  #ticket(callId, mode) {
    return to(ask("POST", path(callId), { mode }));
  }
}

const path = (callId) => `/api/wall/calls/${encodeURIComponent(callId)}/listen`;

/** A refusal as the kind of error that the sound knows. */
async function to(answer) {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const codes = { 0: "server_gone", 401: "signed_out", 403: "forbidden", 404: "gone", 409: "objection" };
    throw new Problem(codes[error.status] ?? "refused", error.status ? error.message : "", error.status !== 0);
  }
}

/** Stands in for a microphone: a connection of both ways, in which nothing is said. */
class Silence extends EventTarget {
  #out = null;
  muted = true;

  get stream() {
    return this.#out?.stream ?? null;
  }

  get track() {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  async open() {
    this.#out ??= new MediaStreamAudioDestinationNode(audioContext());
    return this.stream;
  }

  close() {}
}
