// Owns <warmline-desk>: one agent's desk in any page of the same site, in a shadow root of its own,
// so that neither page styles the other. Attribute `server`: the address of the Warmline server;
// without it, the server that this page is from. See ../desk/README.md.

import { Desk } from "../desk/desk.js";
import { actionOf } from "../desk/keys.js";
import { html, nothing } from "./light.js";
import { LitElement } from "../vendor/lit-3.3.3.min.js";
import "./desk-call.js";
import "./desk-controls.js";
import "./desk-help.js";
import "./desk-notices.js";
import "./desk-now.js";
import "./desk-offer.js";
import "./desk-queue.js";
import "./desk-strip.js";
import "./desk-wrapup.js";

/** A sheet of ours; what it says of the page's root is said of the element here. */
async function sheet(name) {
  const response = await fetch(new URL(`../style/${name}.css`, import.meta.url));
  const text = (await response.text()).replaceAll(":root", ":host");
  return new CSSStyleSheet().replace(text);
}

const SHEETS = await Promise.all(
  ["base", "desk", "desk-parts", "desk-packet", "desk-call", "desk-now"].map(sheet),
);

class WarmlineDesk extends LitElement {
  static properties = { server: {}, _silent: { state: true }, _letters: { state: true } };
  static styles = SHEETS;

  #onKey = (event) => this.#key(event);

  constructor() {
    super();
    this.server = "";
    this._silent = false; // the browser holds back the sound until a click
    this._letters = true; // whether single letters act
    this.desk = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.desk = new Desk(this.server);
    this.desk.addEventListener("change", () => this.#changed());
    window.addEventListener("keydown", this.#onKey);
    this.desk.start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.#onKey);
    this.desk.stop();
  }

  /** A page of our own, not an element within another one. */
  get #alone() {
    return !this.server;
  }

  #changed() {
    this.requestUpdate();
    const { phase, floor } = this.desk.state;
    if (!this.#alone) return;
    if (phase === "signed_out") location.assign(this.desk.signIn(location.pathname));
    const offered = floor?.offer && floor.controls;
    document.title = `${offered ? `● Caller for ${floor.offer.queue}` : "Desk"} · Warmline`;
  }

  #key(event) {
    const target = event.composedPath()[0];
    const ours = target === document.body || event.composedPath().includes(this);
    const dialog = this.renderRoot.querySelector("dialog[open]");
    if (!ours || dialog || event.defaultPrevented || this.desk.state.phase !== "here") return;
    const action = actionOf(event, target);
    if (!action || (!this._letters && action !== "help")) return;
    const { floor } = this.desk.state;
    if (action === "help") this.renderRoot.querySelector("desk-help").open();
    else if (action === "accept") floor?.offer && floor.controls && this.desk.accept();
    else if (action.endsWith("Hint")) this.renderRoot.querySelector("desk-hint")?.act(action);
    else this.renderRoot.querySelector("desk-controls")?.act(action);
    event.preventDefault();
  }

  updated() {
    const audio = this.renderRoot.querySelector("audio");
    const { remote = null } = this.desk.state.media ?? {};
    if (!audio || audio.srcObject === remote) return;
    audio.srcObject = remote;
    if (remote)
      audio.play().then(
        () => (this._silent = false),
        (error) => this.#held(error),
      );
  }

  #held(error) {
    if (error.name !== "NotAllowedError") return; // a new stream took its place
    this._silent = true;
    const again = () =>
      this.renderRoot
        .querySelector("audio")
        ?.play()
        .then(() => (this._silent = false));
    window.addEventListener("pointerdown", () => again().catch(() => {}), { once: true });
  }

  render() {
    const { desk } = this;
    const { state } = desk;
    switch (state.phase) {
      case "here":
        return this.#desk(desk, state);
      case "signed_out":
        return this.#door(
          "You are signed out",
          html`<a href=${desk.signIn("/desk")} target=${this.#alone ? nothing : "_blank"}>Sign in</a
            >${
              this.#alone
                ? nothing
                : html`, then
                    <button class="plain" @click=${() => desk.start()}>Go on here</button>`
            }`,
        );
      case "forbidden":
        return this.#door(
          "Your account has no desk",
          html`You are signed in as ${state.user.name}. Ask whoever manages the accounts for the
          role “agent”.`,
        );
      case "failed":
        return this.#door(
          state.notice?.title ?? "",
          html`${state.notice?.text}
            <button class="plain" @click=${() => desk.start()}>Try again</button>`,
        );
      default:
        return nothing;
    }
  }

  #door(title, inside) {
    return html`<div class="door" role="alert">
      <h1>${title}</h1>
      <p>${inside}</p>
    </div>`;
  }

  #desk(desk, state) {
    const { floor, log } = state;
    const wrapping = floor?.assignment?.state === "wrap_up";
    const offer = state.callId ? null : floor?.offer;
    const packet = log?.get("packet")?.packet ?? null;
    return html`<div class="desk" ?data-idle=${!state.callId}>
      <desk-notices .desk=${desk} .state=${state} .silent=${this._silent}></desk-notices>
      <desk-queue .desk=${desk} .state=${state}></desk-queue>
      ${packet ? html`<desk-strip .packet=${packet} .log=${log} @jump=${this.#jump}></desk-strip>` : nothing}
      ${
        offer
          ? html`<desk-offer .desk=${desk} .state=${state} .offer=${offer}></desk-offer>`
          : html`<desk-call .desk=${desk} .state=${state}></desk-call>`
      }
      ${
        wrapping
          ? html`<desk-wrapup .desk=${desk} .state=${state} @jump=${this.#jump}></desk-wrapup>`
          : html`<desk-now .desk=${desk} .state=${state} @jump=${this.#jump}></desk-now>`
      }
      <desk-controls .desk=${desk} .state=${state}></desk-controls>
      <p class="hidden" role="status" data-polite>${state.polite}</p>
      <p class="hidden" role="alert">${state.urgent}</p>
      <audio autoplay></audio>
      <desk-help
        .letters=${this._letters}
        @letters=${({ detail }) => (this._letters = detail)}
      ></desk-help>
    </div>`;
  }

  /** To the line that shows it. */
  #jump({ detail }) {
    this.renderRoot.querySelector("desk-transcript")?.jump(detail);
  }
}

customElements.define("warmline-desk", WarmlineDesk);
