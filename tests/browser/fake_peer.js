// Takes the place of RTCPeerConnection: the test is the server behind the data channel.
// `peers` holds all that were made, the newest last; each has `sent`, the texts of the page.

window.peers = [];

class FakeChannel {
  readyState = "connecting";
  sent = [];
  send(text) {
    this.sent.push(JSON.parse(text));
  }
}

window.RTCPeerConnection = class FakePeer extends EventTarget {
  iceGatheringState = "complete";
  connectionState = "new";
  channel = new FakeChannel();
  closed = false;

  constructor(configuration) {
    super();
    this.configuration = configuration;
    this.tone = new AudioContext().createMediaStreamDestination();
    window.peers.push(this);
  }
  addTransceiver(track) {
    this.sender = { track, replaceTrack: async (other) => (this.sender.track = other) };
    return { sender: this.sender };
  }
  getReceivers() {
    return [{ track: this.tone.stream.getAudioTracks()[0] }];
  }
  createDataChannel(label) {
    this.label = label;
    return this.channel;
  }
  async setLocalDescription() {
    this.localDescription = { type: "offer", sdp: `v=0 offer ${window.peers.length}` };
  }
  async setRemoteDescription({ sdp }) {
    this.answer = sdp;
    if (window.noPath) return;
    setTimeout(() => {
      this.channel.readyState = "open";
      this.channel.onopen?.();
    });
  }
  async getStats() {
    return new Map();
  }
  close() {
    this.closed = true;
    this.channel.readyState = "closed";
  }

  // --- for the test ---
  say(message) {
    this.channel.onmessage({ data: JSON.stringify(message) });
  }
  fail() {
    this.connectionState = "failed";
    this.onconnectionstatechange?.();
  }
};
