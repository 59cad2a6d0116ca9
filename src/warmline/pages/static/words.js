// Owns the plain words for what happened. Pure.

const PROGRESS = {
  microphone: "Waiting for the microphone …",
  connecting: "Calling …",
  talking: "Connected",
  reconnecting: "The connection is gone. Getting it back …",
};

/** What a call is doing; empty before it. */
export function progress({ phase, muted, reason, problem }) {
  if (phase === "ended") return problem ? "" : ending(reason);
  return (PROGRESS[phase] ?? "") + (muted ? ". You are muted" : "");
}

/** Why a call ended in order, by the server's reason. */
const ENDINGS = {
  you_hung_up: "You hung up.",
  caller_hung_up: "You hung up.",
  completed: "The conversation is complete.",
  escalated: "The bot has passed your call on to a person.",
  transferred: "The bot has passed your call on to a person.",
  handed_back: "The bot has passed your call on.",
  time_limit: "The longest time for a call was over.",
  busy: "All lines were busy.",
  media_timeout: "No sound came from you for a while, so the call was ended.",
  caller_stalled: "Your side took no sound any more, so the call was ended.",
  bad_input: "Your side and the server did not understand each other, so the call was ended.",
  server_stopped: "The server was stopped. It may be back in a minute.",
  failed: "Something went wrong on the server. Please call again.",
};

export const ending = (reason) => ENDINGS[reason] ?? "The call is over.";

/** What stopped a call, and what to do about it: [title, advice]. */
const PROBLEMS = {
  denied: [
    "The microphone is not allowed",
    "Allow it for this page (the sign beside the address, or your browser's settings), then call again.",
  ],
  no_microphone: ["There is no microphone", "Plug one in or switch it on, then call again."],
  microphone_in_use: [
    "The microphone cannot be used",
    "Another program may be using it. Close that program, then call again.",
  ],
  insecure: [
    "This page is not secure",
    "Browsers give the microphone only to pages with https, or on this same machine (localhost). Open this page with https.",
  ],
  no_webrtc: [
    "This browser cannot make calls",
    "Use a current Firefox, Chrome, Edge or Safari, and do not switch off WebRTC.",
  ],
  server_gone: ["The server does not answer", "Check your connection and try again in a moment."],
  busy: ["All lines are busy", "Please call again in a minute."],
  unknown_flow: ["There is no such conversation", "Choose another one from the list."],
  refused: ["The call was refused", "Try again; if it stays so, tell whoever runs this server."],
  not_answered: ["Nobody answered", "The server is there but did not take the call. Try again."],
  no_path: [
    "No way for the sound",
    "A firewall or network between you and the server lets no calls through. Try another network.",
  ],
  lost: ["The connection was lost", "It did not come back in time, so the call is over."],
  broken: [
    "Something on this page went wrong",
    "Load the page again; if it stays so, tell whoever runs this server.",
  ],
};

/** {title, text} of a Problem. */
export function explain({ code, detail }) {
  const [title, advice] = PROBLEMS[code] ?? PROBLEMS.broken;
  return { title, text: detail ? `${advice} (${detail})` : advice };
}

/** Seconds as 0:05, 12:34 or 1:02:03. */
export function clock(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** Seconds as a person says them: "1 minute 24 seconds". */
export function duration(seconds) {
  const all = Math.max(0, Math.round(seconds));
  const count = (number, word) => (number ? [`${number} ${word}${number === 1 ? "" : "s"}`] : []);
  const parts = [...count(Math.floor(all / 60), "minute"), ...count(all % 60, "second")];
  return parts.join(" ") || "less than a second";
}
