// Listens where the caller does: at the stream that the page plays.

/** {power: mean square, hertz: the loudest frequency}. */
window.listen = async () => {
  const context = new AudioContext();
  const stream = document.querySelector("audio").srcObject;
  const analyser = new AnalyserNode(context, { fftSize: 8192 });
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 400)); // 8192 samples, twice over
  const samples = new Float32Array(8192);
  analyser.getFloatTimeDomainData(samples);
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  source.disconnect();
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const loudest = bins.indexOf(Math.max(...bins));
  return { power, hertz: (loudest * context.sampleRate) / analyser.fftSize };
};
