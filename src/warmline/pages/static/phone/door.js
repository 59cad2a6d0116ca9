// Owns the HTTP half of the WebRTC door: the token, the offer, late candidates.
// Must not know peer connections or the page.

import { Problem } from "./problem.js";

const TIMEOUT_MS = 10_000;
const TRY_AGAIN = new Set([408, 425, 500, 502, 504]);

/** A single-use token and the ICE servers: {token, expires_in, ice_servers}. */
export const askToken = (signal) => ask("POST", "/webrtc/token", {}, signal);

/** Send {sdp, type, token, flow, captions, pc_id?}; gives {sdp, type, pc_id}. */
export const sendOffer = (offer, signal) => ask("POST", "/webrtc/offer", offer, signal);

/** Candidates found after the offer. Its failure is no problem: others may do. */
export async function sendCandidates(pcId, candidates) {
  try {
    await ask("PATCH", "/webrtc/offer", { pc_id: pcId, candidates });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** The flows that can be called: {flows: [{name, title, description}], default, …}. */
export const askFlows = () => ask("GET", "/api/flows");

/** Raises Problem: `server_gone`, `busy`, `unknown_flow` or `refused`. */
async function ask(method, path, body, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response;
  let answer = {};
  try {
    response = await fetch(path, {
      method,
      headers: body && { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch {
    signal?.throwIfAborted();
    throw new Problem("server_gone", "", false);
  }
  try {
    answer = await response.json();
  } catch {
    signal?.throwIfAborted();
    if (response.ok) throw new Problem("server_gone", "", false); // cut off, or not our server
  }
  if (response.ok) return answer;
  throw refusal(response.status, answer);
}

function refusal(status, { code, message }) {
  if (status === 503 || status === 429) return new Problem("busy", "", false);
  if (code === "unknown_flow") return new Problem("unknown_flow");
  return new Problem("refused", message ?? `The server answered ${status}.`, !TRY_AGAIN.has(status));
}
