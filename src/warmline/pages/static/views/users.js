// Owns the page /users: who has an account; add, change, disable, and give one-time links.

import { ask, askUser, goSignIn, signOut } from "../account/door.js";
import { showSkills } from "../account/skills.js";
import { html, Light, nothing } from "./light.js";
import "./user-form.js";

const CLOSED = undefined; // no form; null: for a new user

class UsersPage extends Light {
  static properties = {
    _me: { state: true },
    _users: { state: true },
    _wrong: { state: true }, // of the page; `_refused` is the form's
    _refused: { state: true },
    _form: { state: true },
    _link: { state: true },
    _said: { state: true },
    _busy: { state: true },
  };

  constructor() {
    super();
    this._me = null;
    this._users = null;
    this._wrong = this._refused = this._said = "";
    this._form = CLOSED;
    this._link = null; // {user, url}: the one-time link that was just made
    this._busy = false;
    this.#try(() => this.#load());
  }

  async #load() {
    this._me = await askUser();
    if (!this._me) return goSignIn();
    this._users = (await ask("GET", "/api/users")).users;
  }

  /** Do it; what is refused stands on the page. */
  async #try(work) {
    this._wrong = "";
    this._busy = true;
    try {
      await work();
    } catch (error) {
      if (error.status === 401) return goSignIn();
      this._wrong = error.message;
    }
    this._busy = false;
  }

  async #save({ detail }) {
    const before = this._form;
    this._refused = "";
    this._busy = true;
    try {
      if (before) {
        this.#put(await ask("PATCH", `/api/users/${before.user_id}`, detail));
        this._said = `${detail.name} is changed.`;
      } else {
        const { user, link } = await ask("POST", "/api/users", detail);
        this.#put(user);
        this.#show(user, link);
      }
      this.#open(CLOSED);
    } catch (error) {
      if (error.status === 401) return goSignIn();
      this._refused = error.message;
    }
    this._busy = false;
  }

  #put(user) {
    const others = this._users.filter(({ user_id }) => user_id !== user.user_id);
    this._users = [...others, user].sort((a, b) => (a.login < b.login ? -1 : 1));
  }

  async #open(form) {
    this._refused = "";
    this._form = CLOSED; // a form that is open loses what was typed for somebody else
    await this.updateComplete;
    this._form = form;
    if (form !== CLOSED) this._link = null;
    else if (!this._link) this.querySelector("#new")?.focus();
  }

  #enable(user, enabled) {
    this.#try(async () => {
      this.#put(await ask("PATCH", `/api/users/${user.user_id}`, { enabled }));
      this._said = `${user.name} is ${enabled ? "enabled" : "disabled and signed out"}.`;
      if (this._link?.user.user_id === user.user_id) this._link = null; // it is void now
      if (user.user_id === this._me.user_id && !enabled) goSignIn();
    });
  }

  #renew(user) {
    this.#try(async () => {
      const { link } = await ask("POST", `/api/users/${user.user_id}/link`);
      this.#show(user, link);
    });
  }

  async #show(user, link) {
    this._link = { user, url: new URL(link, location.origin).href };
    this._said = `There is a link for ${user.name}.`;
    await this.updateComplete;
    this.querySelector("#link").select();
  }

  async #copy() {
    this.querySelector("#link").select();
    try {
      await navigator.clipboard.writeText(this._link.url);
      this._said = "The link is copied.";
    } catch {
      this._said = "Copy the marked link."; // browsers allow it to secure pages only
    }
  }

  #leave() {
    this.#try(async () => {
      await signOut();
      goSignIn();
    });
  }

  render() {
    return html`
      <header class="wide row">
        <a class="brand" href="/">Warmline</a>
        ${this._me
          ? html`<span class="buttons">
              <span class="me">${this._me.name}</span>
              <button class="plain small" @click=${this.#leave}>Sign out</button>
            </span>`
          : nothing}
      </header>
      <main class="wide">
        <div class="row">
          <h1>Users</h1>
          ${this._users
            ? html`<button id="new" class="main" @click=${() => this.#open(null)}>Add a user</button>`
            : nothing}
        </div>
        <p class="hidden" role="status">${this._said}</p>
        <div role="alert">
          ${this._wrong ? html`<p class="notice bad">${this._wrong}</p>` : nothing}
        </div>
        ${this._link ? this.#linkCard(this._link) : nothing}
        ${this._form !== CLOSED
          ? html`<user-form
              .user=${this._form}
              .wrong=${this._refused}
              .busy=${this._busy}
              @save=${this.#save}
              @cancel=${() => this.#open(CLOSED)}
            ></user-form>`
          : nothing}
        ${this._users ? this.#table(this._users) : nothing}
      </main>
    `;
  }

  #linkCard({ user, url }) {
    return html`<section class="card" aria-labelledby="link-title">
      <h2 id="link-title">A link for ${user.name}</h2>
      <p>
        With it ${user.name} sets a password and signs in as <strong>${user.login}</strong>. It works
        once, within a day; give it to nobody else. You cannot see it again, but make another.
      </p>
      <div class="field line">
        <input id="link" aria-labelledby="link-title" readonly .value=${url} />
        <button class="plain" @click=${this.#copy}>Copy</button>
        <button class="plain" @click=${() => (this._link = null)}>Done</button>
      </div>
    </section>`;
  }

  #table(users) {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Roles</th>
          <th scope="col">Skills and queues</th>
          <th scope="col">State</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${users.map((user) => this.#row(user))}
      </tbody>
    </table>`;
  }

  #row(user) {
    const state = !user.enabled ? "disabled" : user.has_password ? "active" : "no password yet";
    const skills = showSkills(user.skills);
    return html`<tr class=${user.enabled ? "" : "off"}>
      <th scope="row">${user.name}<br /><span class="quiet">${user.login}</span></th>
      <td>${user.roles.join(", ")}</td>
      <td>
        ${skills}${skills ? html`<br />` : nothing}
        <span class="quiet">${user.queues.join(", ") || "all queues"}</span>
      </td>
      <td><span class="state" data-state=${state}>${state}</span></td>
      <td>
        <div class="buttons" role="group" aria-label=${user.name}>
          <button class="plain small" @click=${() => this.#open(user)}>Change</button>
          ${user.enabled
            ? html`<button class="plain small" ?disabled=${this._busy} @click=${() => this.#renew(user)}>
                New link
              </button>`
            : nothing}
          <button
            class="plain small"
            ?disabled=${this._busy}
            @click=${() => this.#enable(user, !user.enabled)}
          >
            ${user.enabled ? "Disable" : "Enable"}
          </button>
        </div>
      </td>
    </tr>`;
  }
}

customElements.define("users-page", UsersPage);
