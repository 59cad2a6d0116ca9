// Owns the left column: who waits and why, who wants to be called back, and what the agent is
// free for.

import { since } from "../desk/clock.js";
import { feeling } from "../desk/mood.js";
import { agentsFree, because, moment, presence, title } from "../desk/words.js";
import { clock } from "../words.js";
import { face } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";

const LONG_S = 60; // a wait that is worth a colour

class DeskQueue extends Light {
  static properties = { desk: { attribute: false }, state: { attribute: false } };

  #shown = "";

  get #presence() {
    const { floor, user } = this.state;
    return floor?.agents.find(({ user_id: id }) => id === user.user_id)?.state ?? "away";
  }

  /** Only news moves the menu, not every drawing: somebody may be choosing. */
  updated() {
    if (this.#shown === this.#presence) return;
    this.#shown = this.#presence;
    this.querySelector("#presence").value = this.#shown;
  }

  render() {
    const { floor } = this.state;
    return html`<section class="queue" aria-label="Queue">
      <h2>Queue</h2>
      <div class="scroll">
        ${floor ? this.#waiting(floor) : html`<p class="quiet">Connecting …</p>`}
        ${floor?.callbacks?.length ? this.#callbacks(floor) : nothing}
      </div>
      ${this.#you(floor)}
    </section>`;
  }

  #waiting(floor) {
    const { waiting, queues } = floor;
    if (waiting.length) {
      return html`<ol class="waiting">
        ${waiting.map((caller) => this.#caller(caller, floor))}
      </ol>`;
    }
    const free = queues.reduce((most, { agents_free: n }) => Math.max(most, n), 0);
    return html`<p class="quiet">Nobody waits. ${free ? `${agentsFree(free)}.` : nothing}</p>`;
  }

  #caller(
    { call_id: callId, queue, since_s: lasted, priority, mood, offered_to: id, ...rest },
    floor,
  ) {
    const waits = since(floor, lasted);
    const offered = floor.agents.find(({ user_id: agent }) => agent === id)?.name ?? id;
    const free = floor.controls && !floor.offer && !floor.assignment && !this.state.callId;
    return html`<li data-first=${priority > 0}>
      <p class="row">
        <i class="dot" data-long=${waits >= LONG_S}></i>
        <strong>${title(queue)}</strong>
        <span class="time" data-long=${waits >= LONG_S}
          ><span class="hidden">waiting</span> ${clock(waits)}</span
        >
        ${face(feeling(mood))}
      </p>
      <p class="quiet">
        ${priority > 0 ? html`<b>first</b> · ` : nothing}${because(rest)}${
          offered ? html` · offered to ${offered}` : nothing
        }
        ${
          free && !offered
            ? html`<button
                class="link take"
                aria-label=${`Take the caller for ${title(queue)}`}
                @click=${() => this.desk.accept(callId)}
              >
                Take
              </button>`
            : nothing
        }
      </p>
    </li>`;
  }

  #callbacks({ callbacks, controls }) {
    return html`<h2>Call back</h2>
      <ul class="waiting">
        ${callbacks.map(({ id, queue, number, caller, requested_at: at }) => {
          const whom = number || caller;
          return html`<li>
            <p class="row">
              <a href=${`tel:${whom.replace(/[^\d+*#]/g, "")}`}>${whom}</a>
              <button
                class="plain small"
                ?disabled=${!controls}
                aria-label=${`Called ${whom} back`}
                @click=${() => this.desk.calledBack(id)}
              >
                Done
              </button>
            </p>
            <p class="quiet">${title(queue)} · ${moment(at)}</p>
          </li>`;
        })}
      </ul>`;
  }

  #you(floor) {
    const { user } = this.state;
    const now = this.#presence;
    const choices = ["available", "away"];
    return html`<div class="you">
      <p class="row">
        <label for="presence">${user.name}</label>
        <button class="link" @click=${() => this.desk.signOut()}>Sign out</button>
      </p>
      <div class="select" data-state=${now}>
        <select
          id="presence"
          aria-label="You are"
          ?disabled=${!floor?.controls}
          @change=${this.#chosen}
        >
          ${[...new Set([now, ...choices])].map(
            (state) =>
              html`<option value=${state} ?disabled=${!choices.includes(state)}>
                ${presence(state)}
              </option>`,
          )}
        </select>
      </div>
      ${this.#microphone()}
    </div>`;
  }

  #microphone() {
    const { phase, microphone } = this.state.media;
    if (microphone === "asking") {
      return html`<p class="quiet">Your browser asks whether this page may use the microphone.</p>`;
    }
    if (microphone !== "ready" || phase !== "idle") return nothing;
    return html`<p class="quiet">Your microphone is ready; nobody hears it now.</p>`;
  }

  async #chosen({ target }) {
    if (!(await this.desk.presence(target.value))) target.value = this.#presence;
  }
}

customElements.define("desk-queue", DeskQueue);
