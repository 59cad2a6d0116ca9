// Owns what an agent does in the call that is theirs. Nothing here raises: the store tells.

export class Talk {
  #store;
  #api;
  #media;
  #clips;

  constructor({ store, api, media, clips }) {
    this.#store = store;
    this.#api = api;
    this.#media = media;
    this.#clips = clips;
  }

  #do(what, body) {
    return this.#store.act(what, () => this.#api.call(this.#store.now.callId, what, body));
  }

  /** Silent at once; the server is told, and again when we changed our mind meanwhile. */
  mute() {
    const { callId } = this.#store.now;
    this.#media.mute(!this.#media.state.muted);
    return this.#store.act("mute", async () => {
      for (let told = null; told !== this.#media.state.muted;) {
        told = this.#media.state.muted;
        await this.#api.call(callId, "mute", { on: told });
      }
    });
  }

  hold(on) {
    return this.#do("hold", { on });
  }

  sayAgain() {
    return this.#do("again");
  }

  /** `where`: {queue} or {agent}. */
  transfer(where, note) {
    return this.#do("transfer", { ...where, note });
  }

  consult(agent) {
    return this.#do("consult", { agent });
  }

  handBack(node) {
    return this.#do("handback", { node });
  }

  hangUp() {
    return this.#do("hangup");
  }

  /** `outcome`: used | dismissed. */
  hint(hint, outcome) {
    return this.#do(`hints/${encodeURIComponent(hint)}`, { outcome });
  }

  /** Send {disposition, summary, notes, fields}: the call is done. */
  finish(wrapup) {
    return this.#do("wrapup", wrapup);
  }

  /** Hear one line of the call; once more stops it. */
  async play({ key, audio_at: begin, audio_end: end }) {
    const { playing, callId } = this.#store.now;
    if (playing === key) return this.#clips.stop();
    this.#store.set({ playing: key });
    try {
      await this.#clips.play(callId, begin, end);
    } catch (error) {
      this.#store.complain(error);
    }
    if (this.#store.now.playing === key) this.#store.set({ playing: "" });
  }
}
