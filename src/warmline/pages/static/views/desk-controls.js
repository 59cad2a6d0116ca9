// Owns the bar below: what an agent does in the call, by button and by key, and how fresh the
// words are.

import { keyName } from "../desk/keys.js";
import { agentsFree, presence, title } from "../desk/words.js";
import { key } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";
import "./desk-choice.js";

const LAG_S = 1; // so far behind, an agent answers words that are no longer the last
const LAG_MS = 5_000; // so long one measurement says something about now
const FOR_ALL = ["mute", "sayAgain", "hangUp"]; // for a colleague who only advises, too

class DeskControls extends Light {
  static properties = { desk: { attribute: false }, state: { attribute: false } };

  get #held() {
    return this.state.log?.get("state")?.state === "held";
  }

  /** We only advise the colleague who has the call. */
  get #advises() {
    return this.state.floor?.assignment?.role === "consult";
  }

  /** Our call goes on, and the controls are here. */
  get #live() {
    const { floor, log, callId, connection } = this.state;
    const over = log?.ended || floor?.assignment?.state === "wrap_up";
    return Boolean(callId && floor?.controls && connection === "open" && !over);
  }

  /** What a key or a button means. */
  act(action) {
    if (!this.#live || (this.#advises && !FOR_ALL.includes(action))) return;
    const { talk } = this.desk;
    const acts = {
      mute: () => talk.mute(),
      hold: () => talk.hold(!this.#held),
      sayAgain: () => talk.sayAgain(),
      transfer: () => this.#transfer(),
      consult: () => this.#consult(),
      handBack: () => this.#handBack(),
      hangUp: () => this.#hangUp(),
    };
    acts[action]?.();
  }

  #ask(question) {
    return this.querySelector("desk-choice").ask(question);
  }

  #colleagues() {
    const { floor, user } = this.state;
    return floor.agents
      .filter(({ user_id: id }) => id !== user.user_id)
      .filter(({ state }) => state !== "unreachable" && state !== "away")
      .map(({ user_id: id, name, state }) => ({
        value: `agent ${id}`,
        label: name,
        detail: presence(state).toLowerCase(),
      }));
  }

  async #transfer() {
    const { floor } = this.state;
    const queues = floor.transfer_queues.map(({ name, open, waiting, agents_free: free }) => ({
      value: `queue ${name}`,
      label: title(name),
      detail: open ? `${waiting} waiting, ${agentsFree(free)}` : "closed",
    }));
    const answer = await this.#ask({
      title: "Transfer the caller to",
      options: [...queues, ...this.#colleagues()],
      note: true,
      button: "Transfer",
      empty: "There is nobody to transfer to.",
    });
    if (!answer) return;
    const [kind, ...name] = answer.value.split(" ");
    this.desk.talk.transfer({ [kind]: name.join(" ") }, answer.note);
  }

  async #consult() {
    const answer = await this.#ask({
      title: "Ask a colleague",
      text: "Your colleague hears all; the caller goes on hearing you, but not them.",
      options: this.#colleagues(),
      button: "Ask",
      empty: "No colleague is there now.",
    });
    if (answer) this.desk.talk.consult(answer.value.replace("agent ", ""));
  }

  async #handBack() {
    const nodes = this.state.log.get("state")?.handback_nodes ?? [];
    const answer = await this.#ask({
      title: "Give the caller back to the bot at",
      options: nodes.map((node) => ({ value: node, label: title(node), detail: "" })),
      button: "Give back",
      empty: "This flow takes nobody back.",
    });
    if (answer) this.desk.talk.handBack(answer.value);
  }

  async #hangUp() {
    const answer = await this.#ask({
      title: this.#advises ? "Leave the call?" : "End the call?",
      text: this.#advises ? "Your colleague goes on with the caller." : "The caller is hung up on.",
      button: this.#advises ? "Leave" : "End the call",
      harm: true,
    });
    if (answer) this.desk.talk.hangUp();
  }

  render() {
    const { media, callId, floor } = this.state;
    const calling = callId && floor?.assignment?.state !== "wrap_up";
    const advises = this.#advises;
    const button = (action, words, pressed) =>
      advises && !FOR_ALL.includes(action)
        ? nothing
        : html`<button
            class="control"
            aria-pressed=${pressed ?? nothing}
            aria-keyshortcuts=${keyName(action) === "⏎" ? "Enter" : keyName(action)}
            ?disabled=${!this.#live}
            @click=${() => this.act(action)}
          >
            ${words} ${key(keyName(action))}
          </button>`;
    return html`<div class="bar" ?data-calling=${calling}>
      <div class="controls" role="group" aria-label="The call" ?hidden=${!calling}>
        ${button("mute", media.muted ? "Unmute" : "Mute", media.muted)}
        ${button("hold", this.#held ? "Take back" : "Hold", this.#held)}
        ${button("sayAgain", "Say again")} ${button("transfer", "Transfer")}
        ${button("consult", "Consult")} ${button("handBack", "Back to bot")}
        <button
          class="control end"
          aria-keyshortcuts="Enter"
          ?disabled=${!this.#live}
          @click=${() => this.desk.talk.hangUp()}
        >
          ${advises ? "Leave" : "End"} ${key("⏎")}
        </button>
      </div>
      <p class="fresh" role="status">${this.#fresh()}</p>
      <desk-choice></desk-choice>
    </div>`;
  }

  #fresh() {
    const { lag, lagAt, heardAt, connection } = this.state;
    const behind = lag > LAG_S && performance.now() - lagAt < LAG_MS;
    if (connection === "reconnecting") return html`<span class="badge">reconnecting</span>`;
    if (behind) return html`<span class="badge">${lag.toFixed(1)} s behind</span>`;
    if (!heardAt || !this.#live) return nothing;
    const seconds = Math.floor((performance.now() - heardAt) / 1000);
    return seconds < 60
      ? html`<span class="quiet" aria-hidden="true">heard ${seconds} s ago</span>`
      : nothing;
  }
}

customElements.define("desk-controls", DeskControls);
