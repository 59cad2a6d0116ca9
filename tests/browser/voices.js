// Takes the place of the microphone: `speak` plays a recording into the call, when the test wants.

const context = new AudioContext();
const mouth = context.createMediaStreamDestination();
const hum = new ConstantSourceNode(context, { offset: 0 }); // a silent source still delivers
hum.connect(mouth);
hum.start();
// The window's own, so that a second use is a live track again.
navigator.mediaDevices.getUserMedia = async () => mouth.stream.clone();

/** Plays a WAV file, given in base64; resolves when it was said. */
window.speak = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const buffer = await context.decodeAudioData(bytes.buffer);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(mouth);
  source.start();
  await new Promise((resolve) => (source.onended = resolve));
};

let recorder = null;
let chunks = [];

/** Begins to keep what the caller's ear gets. */
window.record = () => {
  chunks = [];
  recorder = new MediaRecorder(document.querySelector("audio").srcObject);
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  recorder.start();
};

/** What was heard since `record`: 16-bit samples at 16 kHz, mono, in base64. */
window.recorded = async () => {
  await new Promise((resolve) => {
    recorder.onstop = resolve;
    recorder.stop();
  });
  const bytes = await new Blob(chunks).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes);
  const samples = sound.getChannelData(0).map((sample) => sample * 32_767);
  const whole = new Uint8Array(Int16Array.from(samples).buffer);
  let text = "";
  for (let at = 0; at < whole.length; at += 8192) {
    text += String.fromCharCode(...whole.subarray(at, at + 8192));
  }
  return btoa(text);
};
