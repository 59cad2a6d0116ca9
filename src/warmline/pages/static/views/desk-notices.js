// Owns what is told above all else: what is wrong, and what to do about it.

import { explain } from "../desk/words.js";
import { html, Light, nothing } from "./light.js";

class DeskNotices extends Light {
  static properties = {
    desk: { attribute: false },
    state: { attribute: false },
    silent: { attribute: false },
  };

  #notices() {
    const { desk } = this;
    const { connection, floor, media, notice } = this.state;
    const found = [];
    if (connection === "reconnecting") {
      found.push({
        title: "Reconnecting …",
        text: "What happens meanwhile will be here when it is back.",
      });
    }
    if (floor && !floor.controls) {
      found.push({
        title: "This desk is open in another tab",
        text: "The controls are there; here you can only watch.",
        button: { words: "Use this one", act: () => desk.takeOver() },
      });
    }
    if (media.problem) {
      const again =
        floor?.assignment && media.microphone === "ready"
          ? () => desk.comeBack()
          : () => desk.tryMicrophone();
      found.push({
        ...explain(media.problem),
        bad: true,
        button: { words: "Try again", act: again },
      });
    }
    if (media.phase === "reconnecting") {
      found.push({ title: "Your sound is gone. Getting it back …", text: "" });
    }
    if (this.silent) {
      found.push({
        title: "Your browser holds back the sound",
        text: "Click anywhere to hear the caller.",
      });
    }
    if (notice)
      found.push({ ...notice, button: { words: "Close", act: () => desk.closeNotice() } });
    return found;
  }

  render() {
    return html`<div class="notices" role="alert">
      ${this.#notices().map(
        ({ title, text, bad, button }) =>
          html`<div class=${bad ? "notice bad" : "notice"}>
            <p><strong>${title}</strong>${text ? html`. ${text}` : nothing}</p>
            ${button ? html`<button class="plain" @click=${button.act}>${button.words}</button>` : nothing}
          </div>`,
      )}
    </div>`;
  }
}

customElements.define("desk-notices", DeskNotices);
