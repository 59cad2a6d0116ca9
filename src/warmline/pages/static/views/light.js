// Owns what all elements share. They draw into the page itself, not into shadow roots: one style
// sheet, and labels may point anywhere.

import { LitElement } from "../vendor/lit-3.3.3.min.js";

export { html, nothing, svg } from "../vendor/lit-3.3.3.min.js";

export class Light extends LitElement {
  createRenderRoot() {
    this.replaceChildren(); // what stands there for browsers that load no modules
    return this;
  }
}
