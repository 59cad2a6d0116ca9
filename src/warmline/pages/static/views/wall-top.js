// Owns the head of the supervisors' pages: where to go, who is signed in; and the word for who may
// not be here.

import { html, nothing } from "./light.js";

const PAGES = [
  { path: "/wall", words: "Wall" },
  { path: "/history", words: "History" },
];

/** `here`: the path of this page; `status`: what is to be told beside it; `leave` signs out. */
export const top = ({ user, here, status = nothing, leave }) => html`<header class="top">
  <a class="brand" href="/">Warmline</a>
  <nav aria-label="Pages">
    ${PAGES.map(
      ({ path, words }) => html`<a href=${path} aria-current=${path === here ? "page" : nothing}>${words}</a>`,
    )}
  </nav>
  <span class="status" role="status">${status}</span>
  ${user
    ? html`<span class="who">${user.name}</span> <button class="link" @click=${leave}>Sign out</button>`
    : nothing}
</header>`;

/** For who is signed in and is no supervisor. */
export const closed = ({ name }) => html`<main class="door" role="alert">
  <h1>This page is for supervisors</h1>
  <p>You are signed in as ${name}. Ask whoever manages the accounts for the role “supervisor”.</p>
</main>`;
