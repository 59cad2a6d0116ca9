// Owns the desk's HTTP: the session, what an agent does, what is fetched. Must not know the page.

import { Problem } from "../phone/problem.js";

const TIMEOUT_MS = 10_000;
const DRAFT_MS = 30_000; // the server gives a language model 20 s

export class Api {
  #base;
  #csrf = "";

  /** `server` is the address of a Warmline server; empty: the one that this page is from. */
  constructor(server = "") {
    this.#base = new URL(server || "/", location.href);
    if (!this.#base.pathname.endsWith("/")) this.#base.pathname += "/";
  }

  /** Where a path without a leading slash is, as a URL. */
  at(path) {
    return new URL(path, this.#base);
  }

  get live() {
    const address = this.at("api/live");
    address.protocol = address.protocol.replace("http", "ws");
    return address;
  }

  /** Who is signed in: {user_id, login, name, roles, skills, queues}. */
  async session() {
    const { user, csrf } = await this.get("api/session");
    this.#csrf = csrf;
    return user;
  }

  signOut() {
    return this.#ask("DELETE", "api/session");
  }

  get(path) {
    return this.#ask("GET", path);
  }

  /** A language model's draft of a call's summary: {text, sentences}; {} when there is none. */
  secondDraft(call) {
    const path = `api/desk/calls/${encodeURIComponent(call)}/wrapup/second`;
    return this.#ask("GET", path, { within: DRAFT_MS });
  }

  post(path, body = {}) {
    return this.#ask("POST", path, { body });
  }

  /** What an agent does in a call; see the README for the paths. */
  call(call, what, body) {
    return this.post(`api/desk/calls/${encodeURIComponent(call)}/${what}`, body);
  }

  /** Audio of both sides between two moments of the call's audio, in seconds. */
  clip(call, begin, end, signal) {
    const path = `api/desk/calls/${encodeURIComponent(call)}/clip?begin=${begin}&end=${end}`;
    return this.#ask("GET", path, { signal, read: (response) => response.arrayBuffer() });
  }

  /** The door's answer to {sdp, type, token, pc_id?}: {sdp, type, pc_id}. */
  offer(offer, signal) {
    return this.#ask("POST", "webrtc/offer", { body: offer, signal });
  }

  /** Candidates found after the offer. Its failure is no problem: others may do. */
  async candidates(pcId, candidates) {
    try {
      await this.#ask("PATCH", "webrtc/offer", { body: { pc_id: pcId, candidates } });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  /** Raises Problem: server_gone, signed_out, forbidden, gone, taken, busy or refused. */
  async #ask(method, path, { body, signal, read = asJson, within = TIMEOUT_MS } = {}) {
    const limit = AbortSignal.timeout(within);
    let response;
    try {
      response = await fetch(this.at(path), {
        method,
        credentials: "include", // a desk within another page of the same site has the cookie too
        headers: {
          ...(body && { "Content-Type": "application/json" }),
          ...(method !== "GET" && { "X-Warmline-CSRF": this.#csrf }),
        },
        body: body && JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      if (response.ok) return await read(response);
    } catch {
      signal?.throwIfAborted();
      throw new Problem("server_gone", "", false);
    }
    throw refusal(response.status, await asJson(response).catch(() => ({})));
  }
}

const asJson = async (response) => (response.status === 204 ? {} : response.json());

const CODES = {
  401: "signed_out",
  403: "forbidden",
  404: "gone",
  410: "gone",
  429: "busy",
  503: "busy",
};

function refusal(status, answer) {
  const { detail, message, taken_by: by } = answer ?? {};
  const words = typeof detail === "string" ? detail : message;
  if (status === 409) return by ? new Problem("taken", by) : new Problem("objection", words);
  if (status in CODES) return new Problem(CODES[status], words ?? "", status !== 503);
  return new Problem("refused", words ?? `The server answered ${status}.`);
}
