// Owns the one kind of error that the phone raises on purpose. `code` is a key of words.js.

export class Problem extends Error {
  /**
   * @param {string} code what went wrong, for words.js
   * @param {string} detail what the server said about it, if it said something
   * @param {boolean} final whether trying again cannot help
   */
  constructor(code, detail = "", final = true) {
    super(detail || code);
    this.code = code;
    this.detail = detail;
    this.final = final;
  }
}

/** Any error as a Problem. */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  console.error(error); // ours, and unforeseen: for whoever opens the console
  return new Problem("broken");
}
