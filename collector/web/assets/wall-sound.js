// SPDX-License-Identifier: GPL-3.0-or-later
// The sound for critical incidents that nobody has acknowledged: two tones at once and each 30 s. The
// key m mutes those that sound now; another one sounds again. A browser may forbid sound until
// somebody touches the page (a kiosk is told not to); then the screen says so.
import {say} from './wall-text.js';

const REPEAT_MS = 30000;
const TONES = [[880, 0], [660, 0.28], [880, 0.56], [660, 0.84]]; // Hz, s
const TONE_S = 0.24;
const LOUD = 0.25;

export class Sound {
  #sign;
  #context = null;
  #sounding = new Set();
  #muted = new Set();
  #last = -Infinity;

  // sign: where it is said that there is no sound.
  constructor(sign) {
    this.#sign = sign;
    try {
      this.#context = new AudioContext();
      this.#context.onstatechange = () => this.#tell();
    } catch {
      // No sound card: the sign says so.
    }
    addEventListener('keydown', (event) => this.#key(event));
    addEventListener('pointerdown', () => this.#wake());
    setInterval(() => this.#look(), 1000);
    this.#tell();
  }

  // The incidents that sound now: those that nobody has.
  follow(ids) {
    const had = this.#sounding;
    this.#sounding = new Set(ids);
    for (const id of this.#muted) if (!this.#sounding.has(id)) this.#muted.delete(id);
    if (ids.some((id) => !had.has(id))) this.#last = -Infinity;
    this.#look();
    this.#tell();
  }

  // Whether any of them is to be heard.
  #isLoud() {
    for (const id of this.#sounding) if (!this.#muted.has(id)) return true;
    return false;
  }

  // Sounds if it is time.
  #look() {
    if (!this.#isLoud() || performance.now() - this.#last < REPEAT_MS) return;
    if (this.#context?.state !== 'running') return;
    this.#last = performance.now();
    for (const [hertz, at] of TONES) this.#tone(hertz, this.#context.currentTime + at);
  }

  // One tone, without a click at its ends.
  #tone(hertz, at) {
    const source = this.#context.createOscillator();
    const gain = this.#context.createGain();
    source.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(LOUD, at + 0.02);
    gain.gain.setValueAtTime(LOUD, at + TONE_S - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + TONE_S);
    source.connect(gain).connect(this.#context.destination);
    source.onended = () => gain.disconnect();
    source.start(at);
    source.stop(at + TONE_S);
  }

  // A key is a gesture, after which sound is allowed; m mutes.
  #key(event) {
    this.#wake();
    if (event.key.toLowerCase() === 'm' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (this.#isLoud()) this.#muted = new Set(this.#sounding);
      else this.#muted.clear();
      this.#last = -Infinity;
      this.#look();
    }
    this.#tell();
  }

  // Asks the browser for sound.
  #wake() {
    this.#context?.resume().then(() => this.#tell(), () => {});
  }

  // Says on the screen if there is none.
  #tell() {
    const off = this.#context?.state !== 'running';
    const text = off ? say('sound-off') : this.#muted.size > 0 ? say('muted') : '';
    this.#sign.hidden = text === '';
    this.#sign.textContent = text;
  }
}
