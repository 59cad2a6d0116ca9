// Owns how the server's times go on here. The server says how long something has lasted, as of its
// message; this machine's own clock, which may be a day off, is never asked. Pure.

const seconds = () => performance.now() / 1000;

/** The message, with when it came. */
export const arrived = (message) => ({ ...message, cameAt: seconds() });

/** Seconds that something has lasted by now, which had lasted `lasted` when the message came. */
export const since = ({ cameAt }, lasted) => Math.max(0, lasted + seconds() - cameAt);

/** Seconds that are left now of those that were left when the message came. */
export const left = ({ cameAt }, remaining) => Math.max(0, remaining + cameAt - seconds());
