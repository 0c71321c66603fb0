// One talk: the microphone and the speaker of this browser as the devices of a session on the server, over one WebSocket,
// and what is said, shown as it is heard.

const $ = (id) => document.getElementById(id);

const QUIET = -60; // dB of full scale at which a meter is empty
const NEAR_END = 24; // pixels from the end of the transcript within which it is followed
const SEND_LIMIT = 256 * 1024; // bytes that wait to be sent, beyond which the microphone's audio is dropped

const VOLUME_STEP = 0.1;
const VOLUME_SECONDS = 0.02; // time constant of a change of the volume: at once, without a click

const SPEAKING = "speaking"; // the entry of a turn that the server has not named

const STATES = {
  connecting: "Connecting …",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  reconnecting: "Connecting again …",
  closed: "Ended",
};

// The speaker: plays in a worklet, and reports how many frames have left it and how many were heard.
class Speaker {
  constructor(send) {
    this.send = send;
    this.context = null; // null until it is opened
    this.history = []; // the worklet's reports: { frame of the context, frames left }
    this.sent = ""; // the last position that was sent
    this.volume = 1;
  }

  async open({ rate, epoch }) {
    if (this.context?.sampleRate !== rate) {
      await this.close();
      this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
      await this.context.audioWorklet.addModule("audio.js");
      this.node = new AudioWorkletNode(this.context, "player", { numberOfInputs: 0, outputChannelCount: [1] });
      this.node.port.onmessage = ({ data }) => this.report(data);
      this.gain = new GainNode(this.context, { gain: this.volume });
      this.node.connect(this.gain).connect(this.context.destination);
    }
    await this.context.resume();
    this.history = [];
    this.tell({ type: "reset", epoch });
    this.send({ type: "opened", epoch });
  }

  async close() {
    const context = this.context;
    this.context = null;
    await context?.close();
  }

  tell(message) {
    if (this.context) this.node.port.postMessage(message);
  }

  setVolume(volume) {
    this.volume = volume;
    if (this.context) this.gain?.gain.setTargetAtTime(volume, this.context.currentTime, VOLUME_SECONDS);
  }

  play(audio) {
    this.tell({ type: "audio", pcm: new Int16Array(audio) });
  }

  report({ frame, left, epoch, overrun }) {
    if (!this.context) return;
    this.history.push({ frame, left });
    const position = { type: "position", epoch, left, heard: this.heard(), overrun };
    const text = JSON.stringify(position);
    if (text !== this.sent) this.send(position);
    this.sent = text;
  }

  // Frames that have left the converter: those that had left the worklet when it gave out what is audible now.
  heard() {
    const now = Math.floor(this.audibleTime() * this.context.sampleRate);
    while (this.history.length > 1 && this.history[1].frame <= now) this.history.shift();
    const [before, after] = this.history;
    if (now <= before.frame) return Math.max(0, before.left - Math.ceil(before.frame - now));
    return after ? before.left + Math.min(now - before.frame, Math.max(0, after.left - before.left)) : before.left;
  }

  audibleTime() {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    const behind = this.context.currentTime - (this.context.outputLatency || this.context.baseLatency || 0);
    if (!contextTime) return behind;
    return Math.min(contextTime + (performance.now() - performanceTime) / 1000, this.context.currentTime);
  }
}

// The microphone, less the echo of the speaker, which the browser removes.
class Microphone {
  async open(send) {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule("audio.js");
    const node = new AudioWorkletNode(this.context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = ({ data }) => send(data);
    this.context.createMediaStreamSource(this.stream).connect(node);
    await this.context.resume();
    return this.context.sampleRate;
  }

  mute(on) {
    for (const track of this.stream.getTracks()) track.enabled = !on;
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.context?.close();
    this.stream = this.context = undefined;
  }
}

// What is said: an entry for each turn, message and tool.
class Transcript {
  constructor(list) {
    this.list = list;
    this.entries = new Map(); // by the id of the item or call
    this.following = true; // false while the user reads what is further up
    this.position = 0; // where the end was last scrolled to
    list.onscroll = () => (this.following = this.isAtEnd());
  }

  isAtEnd() {
    return this.list.scrollTop + this.list.clientHeight > this.list.scrollHeight - NEAR_END;
  }

  // Each change of an entry begins here.
  entry(id, classes, who) {
    // The event of a scroll comes with the next frame, and a change before it must not undo the scroll.
    if (this.list.scrollTop < this.position && !this.isAtEnd()) this.following = false;
    let entry = this.entries.get(id);
    if (!entry) {
      entry = document.createElement("li");
      entry.className = classes;
      entry.dataset.who = who;
      this.entries.set(id, entry);
      this.list.append(entry);
      this.follow();
    }
    return entry;
  }

  // Keep the end in view, unless the user has scrolled up.
  follow() {
    if (!this.following) return;
    this.list.scrollTop = this.list.scrollHeight;
    this.position = this.list.scrollTop;
  }

  user({ item, text, final }) {
    const entry = this.entry(item ?? SPEAKING, "user open", "You");
    entry.textContent = text || (final ? "(not understood)" : "…");
    entry.classList.toggle("open", !final);
    this.follow();
  }

  // The user is silent; what was said may be recognised later, or never.
  userStopped({ item }) {
    const entry = this.entries.get(item ?? SPEAKING);
    if (entry?.textContent === "…") entry.textContent = "(spoken)";
    this.entries.delete(SPEAKING);
  }

  // It is made now, and shown once a word of it is heard: entries keep the order of the conversation.
  message({ item, preamble }) {
    this.reply(item, preamble);
  }

  reply(id, preamble) {
    return this.entry(id, preamble ? "reply preamble" : "reply", preamble ? "Meanwhile" : "Reply");
  }

  caption({ item, preamble, text }) {
    const entry = this.reply(item, preamble);
    entry.ariaBusy = "true";
    entry.querySelector(".now")?.classList.remove("now");
    const word = document.createElement("span");
    word.className = "now";
    const [, before, letters, after] = text.match(/^(\s*)(.*?)(\s*)$/s);
    word.textContent = letters;
    entry.append(before, word, after);
    this.follow();
  }

  finished({ item, preamble, heard, unheard, cut }) {
    const entry = this.reply(item, preamble);
    entry.textContent = heard;
    entry.ariaBusy = "false";
    if (unheard) {
      const words = unheard.trimStart();
      entry.append(unheard.slice(0, unheard.length - words.length)); // a space is not struck through
      entry.append(Object.assign(document.createElement("s"), { textContent: words }));
    }
    if (cut !== null && entry.textContent) {
      const mark = Object.assign(document.createElement("span"), { className: "cut" });
      mark.textContent = ` — cut at ${cut.toFixed(1)} s`;
      entry.append(mark);
    }
    this.follow();
  }

  tool({ call, name, done, error }) {
    const entry = this.entry(call, "tool", "");
    entry.textContent = !done ? `Using ${name} …` : error ? `${name} failed: ${error}` : `Used ${name}`;
    this.follow();
  }

  note(text, recovery = false) {
    const entry = this.entry(Symbol(text), recovery ? "note recovery" : "note", "");
    entry.setAttribute("role", recovery ? "status" : "alert");
    entry.textContent = text;
    this.follow();
  }

  // Mark what was under way as over.
  end() {
    for (const entry of this.list.querySelectorAll(".now, .open")) entry.classList.remove("now", "open");
  }
}

// From a click on Start to the end.
class Talk {
  constructor() {
    this.transcript = new Transcript($("talk"));
    this.microphone = new Microphone();
    this.speaker = new Speaker((message) => this.send(message));
    this.speaker.setVolume($("volume").valueAsNumber);
    this.socket = null; // null until it is open
    this.state = "connecting"; // of the session
    this.ended = false;
  }

  async start() {
    show("connecting");
    const rate = await this.microphone.open((audio) => this.sendAudio(audio)).catch((error) => {
      this.microphone.close();
      this.transcript.note(`No microphone: ${error.message}. You can type.`);
      return null;
    });
    if (this.ended) return this.microphone.close();
    const address = new URL("line", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.send({ type: "hello", rate });
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.receive(JSON.parse(data)) : this.speaker.play(data));
    this.socket.onclose = ({ code, reason }) => this.end(code === 1000 ? "" : `The server is gone${reason && `: ${reason}`}.`);
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  sendAudio(audio) {
    if (this.socket?.readyState === WebSocket.OPEN && this.socket.bufferedAmount < SEND_LIMIT) this.socket.send(audio);
  }

  receive(message) {
    switch (message.type) {
      case "open":
        return this.speaker.open(message).catch((error) => this.transcript.note(`No sound: ${error.message}`));
      case "stop":
      case "resume":
        return this.speaker.tell(message);
      case "state":
        this.state = message.state;
        if (message.state !== "speaking") level({ side: "output", dbfs: QUIET });
        return show(message.state, this.microphone.stream !== undefined);
      case "latency":
        $("latency").textContent = `answered in ${message.seconds.toFixed(2)} s`;
        return;
      case "usage":
        $("usage").textContent = `${message.tokens.toLocaleString("en")} tokens`;
        return;
      case "level":
        return level(message, this.speaker.volume);
      case "note":
      case "failed":
        return this.transcript.note(message.text ?? message.reason, message.recovery);
      case "userStopped":
      case "user":
      case "message":
      case "caption":
      case "finished":
      case "tool":
        return this.transcript[message.type](message);
    }
  }

  end(why = "") {
    if (this.ended) return;
    this.ended = true;
    this.socket?.close();
    this.microphone.close();
    this.speaker.close();
    this.transcript.end();
    if (why) this.transcript.note(why);
    show("closed");
  }
}

function level({ side, dbfs }, volume = 1) {
  if (side === "output") dbfs += 20 * Math.log10(volume);
  $(`${side}-level`).style.transform = `scaleX(${Math.max(0, 1 - dbfs / QUIET)})`;
}

function show(state, hasMicrophone = true) {
  const on = !["connecting", "closed"].includes(state);
  for (const id of ["interrupt", "pause", "text", "send"]) $(id).disabled = !on;
  $("mute").disabled = !on || !hasMicrophone;
  $("start").textContent = state === "closed" ? "Start" : "End";
  if (state === "closed") {
    for (const id of ["mute", "pause"]) press(id, false);
    for (const side of ["input", "output"]) level({ side, dbfs: QUIET });
  }
  showState(state);
}

function showState(state) {
  const paused = state !== "reconnecting" && $("pause").getAttribute("aria-pressed") === "true";
  $("state").dataset.state = paused ? "paused" : state;
  $("state-text").textContent = paused ? "Paused" : STATES[state];
}

// Show a button as pressed or not.
function press(id, on) {
  $(id).setAttribute("aria-pressed", on);
  return on;
}

function toggled(id) {
  return press(id, $(id).getAttribute("aria-pressed") !== "true");
}

let talk = null; // the one that runs

$("start").onclick = () => {
  if (talk && !talk.ended) return talk.end();
  $("talk").replaceChildren();
  $("latency").textContent = $("usage").textContent = "";
  talk = new Talk();
  talk.start();
};

$("mute").onclick = () => {
  const on = toggled("mute");
  talk.microphone.mute(on);
  talk.send({ type: "mute", on });
};

$("pause").onclick = () => {
  talk.send({ type: "pause", on: toggled("pause") });
  showState(talk.state);
};

$("interrupt").onclick = () => talk.send({ type: "interrupt" });

$("type").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  talk.transcript.user({ item: Symbol(text), text, final: true });
  talk.send({ type: "typed", text });
  $("text").value = "";
};

$("volume").oninput = () => {
  const volume = $("volume").valueAsNumber;
  $("volume").setAttribute("aria-valuetext", `${Math.round(100 * volume)} %`);
  talk?.speaker.setVolume(volume);
};

function turnVolume(step) {
  $("volume").valueAsNumber += step; // the slider keeps it within its range
  $("volume").oninput();
}

const click = (id) => () => $(id).click();
const louder = () => turnVolume(VOLUME_STEP);

const KEYS = {
  m: click("mute"),
  p: click("pause"),
  Escape: click("interrupt"),
  "-": () => turnVolume(-VOLUME_STEP),
  "+": louder,
  "=": louder,
};

document.onkeydown = (event) => {
  const typing = event.target === $("text") && event.key !== "Escape";
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) KEYS[event.key]?.();
};

addEventListener("pagehide", () => talk?.end());
