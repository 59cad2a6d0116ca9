// Owns the form of one user, new or known. Tells `save` with what was filled in, and `cancel`.

import { readQueues, readSkills, showSkills } from "../account/skills.js";
import { html, Light, nothing } from "./light.js";

const ROLES = [
  ["agent", "Agent", "takes calls at the desk"],
  ["supervisor", "Supervisor", "sees all calls on the wall"],
  ["admin", "Administrator", "manages users"],
];

class UserForm extends Light {
  static properties = {
    user: { attribute: false }, // null: a new one
    wrong: { attribute: false },
    busy: { attribute: false },
  };

  firstUpdated() {
    this.querySelector(this.user ? "#name" : "#login").focus();
  }

  #send(event) {
    event.preventDefault();
    const { login, name, skills, queues } = event.target.elements;
    const detail = {
      name: name.value,
      roles: ROLES.map(([role]) => role).filter((role) => event.target.elements[role].checked),
      skills: readSkills(skills.value),
      queues: readQueues(queues.value),
    };
    if (!this.user) detail.login = login.value;
    this.dispatchEvent(new CustomEvent("save", { detail }));
  }

  render() {
    const { user } = this;
    return html`
      <form class="card" @submit=${this.#send} aria-labelledby="form-title">
        <h2 id="form-title">${user ? `Change ${user.name}` : "A new user"}</h2>
        <div role="alert">
          ${this.wrong ? html`<p class="notice bad">${this.wrong}</p>` : nothing}
        </div>
        <div class="pair">
          ${user ? nothing : this.#field("login", "Login", "", "Small letters, digits and . _ @ + -")}
          ${this.#field("name", "Name", user?.name ?? "", "As colleagues and callers may hear it")}
        </div>
        <fieldset>
          <legend>Roles</legend>
          ${ROLES.map(
            ([role, title, words]) => html`<label class="check">
              <input
                type="checkbox"
                name=${role}
                .checked=${user ? user.roles.includes(role) : role === "agent"}
              />
              <span>${title} <span class="quiet">${words}</span></span>
            </label>`,
          )}
        </fieldset>
        <div class="pair">
          ${this.#field("skills", "Skills", showSkills(user?.skills ?? {}), "As billing 3, french 5", true)}
          ${this.#field("queues", "Queues", user?.queues.join(", ") ?? "", "Empty: all queues", true)}
        </div>
        <p class="buttons">
          <button class="main" ?disabled=${this.busy}>${user ? "Save" : "Add and get a link"}</button>
          <button class="plain" type="button" @click=${this.#cancel}>Cancel</button>
        </p>
      </form>
    `;
  }

  #field(name, title, value, words, optional = false) {
    return html`<div class="field">
      <label for=${name}>${title}</label>
      <input
        id=${name}
        name=${name}
        .value=${value}
        aria-describedby=${`${name}-words`}
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        ?required=${!optional}
      />
      <p id=${`${name}-words`} class="quiet">${words}</p>
    </div>`;
  }

  #cancel() {
    this.dispatchEvent(new CustomEvent("cancel"));
  }
}

customElements.define("user-form", UserForm);
