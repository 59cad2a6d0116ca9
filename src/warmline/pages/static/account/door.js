// Owns the HTTP of accounts: who is signed in, the CSRF token, refusals in plain words.
// Must not know pages. Other pages ask through `ask`, which adds the token.

const TIMEOUT_MS = 15_000;

let csrf = ""; // of this browser's session; read by /api/session, sent with whatever changes something

/** What the server, or the way to it, refused. `message` is fit to be shown. */
export class Refusal extends Error {
  /** @param {number} status HTTP's; 0 when nobody answered  @param {number} retryS seconds to wait */
  constructor(status, message, retryS = 0) {
    super(message);
    this.status = status;
    this.retryS = retryS;
  }
}

/** Who is signed in: {user_id, login, name, roles, skills, queues}; null when nobody is. */
export async function askUser() {
  try {
    return remember(await ask("GET", "/api/session"));
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** Sign in; gives the user. */
export const signIn = async (login, password) =>
  remember(await ask("POST", "/api/session", { login, password }));

/** Use a one-time link up; gives the user, who is then signed in. */
export const setUp = async (body) => remember(await ask("POST", "/api/setup", body));

export async function signOut() {
  try {
    await ask("DELETE", "/api/session");
  } catch (error) {
    if (error.status !== 401) throw error; // the session was over already
  }
  csrf = "";
}

function remember(answer) {
  csrf = answer.csrf;
  return answer.user;
}

/** Ask the server; gives the JSON of its answer. Raises Refusal. */
export async function ask(method, path, body) {
  const headers = { "X-Warmline-CSRF": csrf };
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Refusal(0, "The server does not answer. Check your connection and try again.");
  }
  const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refusal(
    response.status,
    words(answer.detail) ?? `The server answered ${response.status}. Try again in a moment.`,
    Number(response.headers.get("Retry-After")) || 0,
  );
}

/** `detail` is a sentence, or a list of fields that are wrong. */
function words(detail) {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return undefined;
  return detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join("; ");
}

/** Where a user goes after signing in: the page that sent them here, or their role's own. */
export function home({ roles }, next) {
  const url = next && URL.canParse(next, location.origin) && new URL(next, location.origin);
  if (url && url.origin === location.origin) return url.pathname + url.search;
  if (roles.includes("agent")) return "/desk";
  return roles.includes("supervisor") ? "/wall" : "/users";
}

/** Go and sign in, then come back. */
export function goSignIn() {
  const here = location.pathname + location.search;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
