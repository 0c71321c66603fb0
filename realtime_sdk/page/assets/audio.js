// The two ends of the sound, in the browser's audio thread: what is played, frame by frame, and what is captured.

const FADE_SECONDS = 0.005;
const QUANTA_BETWEEN_REPORTS = 4; // of 128 frames each

// Plays frames in the order in which they come, and counts those that have left it. It reports its count where it begins
// to move, where it stops, and every few quanta, each with the frame of the context at which it held.
class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = 1 / (FADE_SECONDS * sampleRate); // by which the gain may change with a frame
    this.reset({ epoch: 0 });
    this.port.onmessage = ({ data }) => this[data.type](data);
  }

  reset({ epoch }) {
    this.pieces = []; // Int16Arrays to be played
    this.first = 0; // the next frame of the first of them
    this.written = 0;
    this.left = 0; // frames that have left
    this.limit = Infinity; // the frame at which to fall silent
    this.paused = false; // whether it stays silent there
    this.overrun = 0; // frames played beyond the ends of cuts, which the other side doesn't count
    this.gain = 1;
    this.moving = false;
    this.quanta = 0;
    this.epoch = epoch;
  }

  audio({ pcm }) {
    this.pieces.push(pcm);
    this.written += pcm.length;
  }

  // Fall silent at a frame: to drop what follows, or to keep it until `resume`. A frame that has left already can't be
  // the last one any more; then it is the earliest that leaves time to fade.
  stop({ at, drop, epoch }) {
    const wanted = at + this.overrun;
    const earliest = Math.min(this.left + Math.ceil(1 / this.step), this.written);
    const end = Math.min(this.written, wanted >= this.left ? wanted : earliest);
    this.epoch = epoch;
    this.limit = end;
    this.paused ||= !drop;
    if (drop) {
      this.keep(end);
      this.overrun += end - wanted;
    }
    this.pass();
    this.report(currentFrame);
  }

  resume() {
    this.paused = false;
    this.limit = Infinity;
  }

  // Drop the frames from `end` on.
  keep(end) {
    let rest = end - this.left + this.first;
    const kept = [];
    for (const piece of this.pieces) {
      if (rest > 0) kept.push(piece.subarray(0, rest));
      rest -= piece.length;
    }
    if (end === this.left) kept.length = this.first = 0; // the first piece has left as far as it is kept
    this.pieces = kept;
    this.written = end;
  }

  // Go on behind the limit, unless it is a pause.
  pass() {
    if (this.left >= this.limit && !this.paused) this.limit = Infinity;
  }

  process(_inputs, [[output]]) {
    const ready = this.pieces.length > 0 && this.left < this.limit;
    if (ready && !this.moving) this.report(currentFrame);
    let played = 0;
    while (played < output.length && this.pieces.length > 0 && this.left < this.limit) output[played++] = this.next();
    this.moving = played === output.length;
    if ((ready && !this.moving) || ++this.quanta % QUANTA_BETWEEN_REPORTS === 0) this.report(currentFrame + played);
    return true;
  }

  next() {
    this.gain = Math.min(this.gain + this.step, (this.limit - this.left) * this.step, 1);
    const [piece] = this.pieces;
    const sample = piece[this.first++] / 32768;
    if (this.first === piece.length) {
      this.pieces.shift();
      this.first = 0;
    }
    this.left++;
    this.pass();
    return sample * this.gain;
  }

  report(frame) {
    this.port.postMessage({ frame, left: Math.max(0, this.left - this.overrun), epoch: this.epoch, overrun: this.overrun });
  }
}

// Collects what the microphone captures into pieces of 20 ms.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process([[input]]) {
    for (const sample of input ?? []) {
      this.piece[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      if (this.filled === this.piece.length) {
        this.port.postMessage(this.piece.slice().buffer);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("player", Player);
registerProcessor("recorder", Recorder);
