let context: AudioContext | undefined;

/** Two soft tones, made here: no file, so nothing for the content security policy to allow. */
export async function chime(): Promise<void> {
  context ??= new AudioContext();
  // Browsers keep a page silent until somebody touched it; then this waits for the first touch.
  await context.resume();
  const start = context.currentTime;
  for (const [index, frequency] of [660, 880].entries()) {
    const tone = new OscillatorNode(context, { frequency, type: 'sine' });
    const volume = new GainNode(context, { gain: 0 });
    const at = start + index * 0.16;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  }
}
