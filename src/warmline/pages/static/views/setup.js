// Owns the page /setup#TOKEN: whoever holds a one-time link sets their password.

import { ask, home, setUp } from "../account/door.js";
import { html, Light, nothing } from "./light.js";

class SetupPage extends Light {
  static properties = {
    _owner: { state: true },
    _wrong: { state: true },
    _busy: { state: true },
    _shown: { state: true },
  };

  constructor() {
    super();
    this._shown = false;
    window.addEventListener("hashchange", () => this.#look());
    this.#look();
  }

  async #look() {
    this._owner = null; // {login, name, first}, once the server knows the link
    this._wrong = "";
    this._busy = false;
    this._token = location.hash.slice(1);
    if (!this._token) {
      this._wrong = "This page needs the whole link that you were given.";
      return;
    }
    try {
      this._owner = await ask("POST", "/api/setup/look", { token: this._token });
    } catch (error) {
      this._wrong = error.message;
    }
    await this.updateComplete;
    this.querySelector("input:not([readonly])")?.focus();
  }

  async #send(event) {
    event.preventDefault();
    if (this._busy) return;
    const { login, name, password } = event.target.elements;
    const body = { token: this._token, password: password.value };
    if (this._owner.first) Object.assign(body, { login: login.value, name: name.value });
    this._busy = true;
    this._wrong = "";
    try {
      const user = await setUp(body);
      history.replaceState(null, "", "/setup"); // the link is used up
      location.assign(home(user));
    } catch (error) {
      this._wrong = error.message;
      this._busy = false;
      if (error.status === 410) this._owner = null;
      await this.updateComplete;
      this.querySelector("#password")?.focus();
    }
  }

  render() {
    const first = this._owner?.first;
    return html`
      <header><a class="brand" href="/">Warmline</a></header>
      <main>
        <h1>${first ? "Create the administrator" : "Set your password"}</h1>
        <div role="alert">
          ${this._wrong ? html`<p class="notice bad">${this._wrong}</p>` : nothing}
        </div>
        ${this._owner ? this.#form(this._owner) : nothing}
      </main>
    `;
  }

  #form({ first, login, name }) {
    return html`
      ${first
        ? html`<p>Nobody can sign in yet. You will be the one who adds all others.</p>`
        : html`<p>Welcome, ${name}.</p>`}
      <form @submit=${this.#send}>
        <div class="field">
          <label for="login">Login</label>
          <input
            id="login"
            name="login"
            value=${login}
            ?readonly=${!first}
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
          />
        </div>
        ${first
          ? html`<div class="field">
              <label for="name">Your name</label>
              <input id="name" name="name" autocomplete="name" aria-describedby="seen" required />
              <p id="seen" class="quiet">As colleagues and callers may hear it.</p>
            </div>`
          : nothing}
        <div class="field">
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type=${this._shown ? "text" : "password"}
            autocomplete="new-password"
            minlength="10"
            maxlength="256"
            aria-describedby="good"
            required
          />
          <p id="good" class="quiet">
            10 characters or more. A few words that do not belong together are a good one.
          </p>
        </div>
        <label class="check">
          <input type="checkbox" @change=${({ target }) => (this._shown = target.checked)} />
          Show the password
        </label>
        <button class="main" ?disabled=${this._busy}>Save and sign in</button>
      </form>
    `;
  }
}

customElements.define("setup-page", SetupPage);
