// Owns one call that was, in a list: what became of it, and the lines that were looked for. What
// callers said is text here, never markup.

import { feeling } from "../desk/mood.js";
import { because, moment, title } from "../desk/words.js";
import { ending, lasted, placeOf } from "../history/question.js";
import { clock } from "../words.js";
import { face } from "./desk-signs.js";
import { html, Light, nothing } from "./light.js";

const WHO = { caller: "Caller", bot: "Bot", agent: "Agent" };

class HistoryCall extends Light {
  static properties = { past: { attribute: false } };

  render() {
    const { past } = this;
    const { call_id: id, started_at: at, caller, flow, lines, summary, mood_min: mood, survey } = past;
    const time = lasted(past);
    return html`<article>
      <p class="row">
        <a class="call" href=${placeOf(id)}><b>${moment(at)}</b> ${caller || "Unknown number"}</a>
        <span>${title(flow)}</span>
        <span class="quiet time">${time === null ? "goes on" : clock(time)}</span>
        ${mood === null ? nothing : face(feeling(mood))}
        ${survey === null ? nothing : html`<span class="quiet">grade ${survey} of 5</span>`}
        <span class="became" data-good=${past.contained}>${became(past)}</span>
      </p>
      ${summary ? html`<p class="quiet">${summary}</p>` : nothing}
      ${lines.length
        ? html`<ul class="lines">
            ${lines.map((line) => this.#line(id, line))}
          </ul>`
        : nothing}
    </article>`;
  }

  #line(id, { seq, at, who, name, snippet }) {
    return html`<li>
      <a href=${placeOf(id, seq)}><span class="hidden">Go to </span>${clock(at)}</a>
      <b>${name || WHO[who] || who}</b>
      <q>${snippet.map(({ text, found }) => (found ? html`<mark>${text}</mark>` : text))}</q>
    </li>`;
  }
}

/** What became of a call, in a few words. */
function became({ contained, queue, escalation_reason: needed, agents, wait_s: wait, disposition, reason }) {
  if (contained) return "solved by the bot";
  if (!needed) return ending(reason);
  const who = agents.map(({ name }) => name).join(", ");
  const waited = wait === null ? "" : ` after ${clock(wait)}`;
  const parts = [`${title(queue)}: ${because({ reason: needed })}`, who ? `${who}${waited}` : `nobody came${waited}`];
  return [...parts, disposition && title(disposition)].filter(Boolean).join(" · ");
}

customElements.define("history-call", HistoryCall);
