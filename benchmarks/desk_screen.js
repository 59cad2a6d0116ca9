// Watches one of Warmline's pages from inside, before its own code runs: what the caller's lines, the
// hint and the offer looked like, and when that had been painted. All times are performance.now().

(() => {
  const bench = (window.bench = {
    watches: true, // what is painted
    painted: [], // {at, lines: [{key, text, final}], hint, offer}
    told: [], // {at, offer: true}: what came over the feed
    feed: { count: 0, seq: 0, at: 0, asked: 0 },
    acks: [], // [seq, at] that the page told the server
    away: false,
    sockets: new Set(),
  });

  // --- what is on the screen ----------------------------------------------------------------

  const roots = [document];
  const known = new Map(); // caller lines by key, as they were last
  let hint = "";
  let offer = "";

  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);

  const words = (line) =>
    [...line.querySelector("p").childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE || node.className === "unstable")
      .map((node) => node.textContent)
      .join("");

  /** What differs from the last look; null when nothing does. */
  const news = () => {
    const lines = [];
    for (const line of all('.line[data-who="caller"]')) {
      const now = { key: line.dataset.key, text: words(line), final: !("partial" in line.dataset) };
      const same = JSON.stringify(now);
      if (known.get(now.key) === same) continue;
      known.set(now.key, same);
      lines.push(now);
    }
    const [hinted, offered] = [hint, offer];
    hint = all("article.hint h3").map((title) => title.textContent).join();
    offer = all(".offer dl.packet").map((packet) => packet.textContent.length > 0).join();
    if (!lines.length && hint === hinted && offer === offered) return null;
    return { lines, hint, offer };
  };

  const observer = new MutationObserver(() => {
    const changed = bench.watches ? news() : null;
    if (!changed) return;
    // The frame after the next one begins when this change has been painted for sure.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => bench.painted.push({ at: performance.now(), ...changed })),
    );
  });
  const all_of_it = { childList: true, subtree: true, characterData: true, attributes: true };
  observer.observe(document, all_of_it);

  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    roots.push(root);
    observer.observe(root, all_of_it);
    return root;
  };

  // --- the feed -------------------------------------------------------------------------------

  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(address) {
      super(bench.away ? new URL("/nobody-answers-here", address) : address);
      bench.sockets.add(this);
      this.addEventListener("close", () => bench.sockets.delete(this));
      this.addEventListener("message", ({ data }) => {
        const at = performance.now();
        const seq = /^{"type":"call","call":"[^"]*","seq":(\d+)/.exec(data);
        if (seq) Object.assign(bench.feed, { count: bench.feed.count + 1, seq: +seq[1], at });
        else if (data.startsWith('{"type":"floor"') && data.includes('"offer":{'))
          bench.told.push({ at, packet: data.includes('"packet":{') });
      });
    }

    send(text) {
      const message = JSON.parse(text);
      if (message.type === "painted") bench.acks.push([message.seq, performance.now()]);
      if (message.type === "watch") bench.feed.asked = performance.now();
      super.send(text);
    }
  };

  /** The network is away: sockets are dead, and no new one comes up. */
  bench.leave = () => {
    bench.away = true;
    for (const socket of bench.sockets) socket.close();
  };
  bench.back = () => {
    Object.assign(bench.feed, { count: 0, seq: 0, at: 0, asked: 0 });
    bench.acks = [];
    bench.away = false;
    window.dispatchEvent(new Event("online"));
  };

  // --- the microphone -------------------------------------------------------------------------

  let context = null;
  let mouth = null;
  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async () => {
      context ??= new AudioContext();
      mouth ??= context.createMediaStreamDestination();
      const hum = new ConstantSourceNode(context, { offset: 0 }); // a silent source still delivers
      hum.connect(mouth);
      hum.start();
      return mouth.stream.clone();
    };
  }

  /** Plays a WAV file, given in base64, into the call; it goes on when this resolves. */
  bench.speak = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const source = new AudioBufferSourceNode(context, {
      buffer: await context.decodeAudioData(bytes.buffer),
    });
    source.connect(mouth);
    source.start();
  };
})();
