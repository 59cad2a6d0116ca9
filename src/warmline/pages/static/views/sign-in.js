// Owns the page /sign-in: login and password, or who is signed in already.

import { askUser, home, signIn, signOut } from "../account/door.js";
import { html, Light, nothing } from "./light.js";

class SignInPage extends Light {
  static properties = {
    _user: { state: true },
    _wrong: { state: true },
    _busy: { state: true },
    _shown: { state: true },
  };

  constructor() {
    super();
    this._user = undefined; // null: nobody is signed in; undefined: not known yet
    this._wrong = "";
    this._busy = false;
    this._shown = false; // the password, for those who want to see what they type
    this._next = new URLSearchParams(location.search).get("next");
    this.#look();
  }

  async #look() {
    try {
      this._user = await askUser();
    } catch (error) {
      this._user = null;
      this._wrong = error.message;
    }
    await this.updateComplete;
    this.querySelector("#login")?.focus();
  }

  async #send(event) {
    event.preventDefault();
    if (this._busy) return;
    const { login, password } = event.target.elements;
    this._busy = true;
    this._wrong = "";
    try {
      const user = await signIn(login.value, password.value);
      location.assign(home(user, this._next));
      return; // busy until the next page is there
    } catch (error) {
      this._wrong = error.message;
      if (error.retryS) await this.#wait(error.retryS);
    }
    this._busy = false;
    await this.updateComplete;
    password.select();
  }

  async #wait(seconds) {
    this._wrong += ` You can try again in ${seconds} s.`;
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    this._wrong = "";
  }

  async #leave() {
    try {
      await signOut();
      this._user = null;
    } catch (error) {
      this._wrong = error.message;
    }
  }

  render() {
    return html`
      <header><a class="brand" href="/">Warmline</a></header>
      <main>
        <h1>Sign in</h1>
        <div role="alert">
          ${this._wrong ? html`<p class="notice bad">${this._wrong}</p>` : nothing}
        </div>
        ${this._user ? this.#signedIn(this._user) : this.#form()}
      </main>
    `;
  }

  #form() {
    if (this._user === undefined) return nothing;
    return html`
      <form @submit=${this.#send}>
        <div class="field">
          <label for="login">Login</label>
          <input
            id="login"
            name="login"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
          />
        </div>
        <div class="field">
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type=${this._shown ? "text" : "password"}
            autocomplete="current-password"
            required
          />
        </div>
        <label class="check">
          <input type="checkbox" @change=${({ target }) => (this._shown = target.checked)} />
          Show the password
        </label>
        <button class="main" ?disabled=${this._busy}>Sign in</button>
      </form>
      <p class="quiet below">Forgotten? An administrator can give you a new link.</p>
    `;
  }

  #signedIn(user) {
    return html`
      <p>You are signed in as <strong>${user.name}</strong> (${user.login}).</p>
      <p class="buttons">
        <a class="main" href=${home(user, this._next)}>Go on</a>
        <button class="plain" @click=${this.#leave}>Sign out</button>
      </p>
    `;
  }
}

customElements.define("sign-in-page", SignInPage);
