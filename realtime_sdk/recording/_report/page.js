"use strict";

const $ = (id) => document.getElementById(id);
const number = (element, name) => Number(element.dataset[name]);
const duration = number(document.body, "duration");

// What is said where. The page itself holds it: the script only reads it.

const words = [...document.querySelectorAll(".w")].map((element) => ({
  element, start: number(element, "s"), end: number(element, "e"), text: element.textContent,
  side: element.closest(".entry").dataset.side, entry: element.closest(".entry"),
})).sort((a, b) => a.start - b.start);
const entries = [...document.querySelectorAll(".entry")].map((element) => ({
  element, start: number(element, "s"), end: number(element, "e"), side: element.dataset.side,
  phase: element.dataset.phase, name: element.dataset.name, unheard: element.querySelector("s")?.textContent.trim(),
}));
const incidents = [...document.querySelectorAll(".incident")].map((element) => ({
  start: number(element, "s"), end: number(element, "e"), kind: element.dataset.kind,
}));

function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
  return array;
}

const drawn = $("peaks") ? JSON.parse($("peaks").textContent) : null;
const peaks = drawn && { rate: drawn.rate, user: bytes(drawn.user), assistant: bytes(drawn.assistant) };
const audio = new Audio();
audio.preload = "auto";
if ($("sound")) {
  const blob = new Blob([bytes($("sound").textContent)], { type: $("sound").type });
  audio.src = URL.createObjectURL(blob);
  $("sound").remove();
}

// The position: that of the sound, or without one that which was chosen last.

let chosen = 0;
let follows = true; // the lanes follow the position
const position = () => (audio.src ? audio.currentTime : chosen);

function seek(seconds, play = false) {
  chosen = Math.min(Math.max(0, seconds), duration);
  follows = true;
  if (audio.src) {
    audio.currentTime = chosen;
    if (play) audio.play();
  }
  update();
}

function toggle() {
  if (!audio.src) return;
  if (audio.paused) {
    if (audio.ended || position() >= duration - 0.05) audio.currentTime = 0;
    audio.play();
  } else audio.pause();
}

// Colours are those of the style sheet, which knows light and dark.

let colour = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["card", "ink", "soft", "line", "user", "assistant", "commentary", "tool", "bad", "lit", "head"])
    colour[name] = style.getPropertyValue("--" + name).trim();
  colour["user-pale"] = style.getPropertyValue("--user-pale").trim();
  colour["assistant-pale"] = style.getPropertyValue("--assistant-pale").trim();
  colour.font = style.getPropertyValue("font-family") || getComputedStyle(document.body).fontFamily;
}

function context(canvas) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const c = canvas.getContext("2d");
  c.textAlign = "left"; // also of words that are written from the right
  c.setTransform(scale, 0, 0, scale, 0, 0);
  c.clearRect(0, 0, width, height);
  return [c, width, height];
}

// The lanes: a window of the talk. Words stand under the sound; one that has no room moves on.

const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const ZOOMS = [30, 50, 80, 120, 180, 270];
let zoom = 3;
let left = 0; // seconds at the left edge
let places = []; // of each word in its lane: {word, x, width}, x in pixels from the start of the talk
const scaleOf = () => ZOOMS[zoom];
const visible = () => $("lanes").clientWidth / scaleOf();

function placeWords() {
  const c = $("lanes").getContext("2d");
  c.font = "14px " + colour.font;
  const gap = 5, ends = { user: -Infinity, assistant: -Infinity };
  places = [];
  const place = (word, side, until = Infinity) => {
    const width = c.measureText(word.text).width;
    const x = Math.max(word.start * scaleOf(), ends[side] + gap);
    if (x + width > until) return false;
    ends[side] = x + width;
    places.push({ word, side, x, width });
    return true;
  };
  const lost = entries.filter((entry) => entry.unheard).map((entry) => ({ ...entry, lost: true, start: entry.end }));
  const all = [...words, ...lost].sort((a, b) => a.start - b.start);
  const next = (side, after) => words.find((word) => word.side === side && word.start > after)?.start ?? Infinity;
  for (const word of all) {
    if (!word.lost) { place(word, word.side); continue; }
    const until = next(word.side, word.start) * scaleOf() - gap;
    for (const text of word.unheard.split(/\s+/))
      if (!place({ text, start: word.start, end: word.start, lost: true }, word.side, until)) break;
  }
  places.sort((a, b) => a.x - b.x);
}

function firstPlace(x) { // the first word that may reach into what begins at x
  let low = 0, high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].x < x - 400) low = middle + 1; else high = middle;
  }
  return low;
}

function drawWave(c, side, from, to, toX, middle, half, colourAt) {
  if (!peaks) return;
  const step = 3, array = peaks[side];
  const firstX = Math.floor(toX(from) / step) * step;
  for (let x = firstX; x < toX(to); x += step) {
    const t = from + (x - toX(from)) / ((toX(to) - toX(from)) / (to - from));
    const a = Math.floor(t * peaks.rate);
    const b = Math.max(a + 1, Math.floor((t + step / ((toX(to) - toX(from)) / (to - from))) * peaks.rate));
    let loudest = 0;
    for (let i = Math.max(0, a); i < b && i < array.length; i++) loudest = Math.max(loudest, array[i]);
    const height = Math.max(1, (loudest / 255) * half);
    c.fillStyle = colourAt(t);
    c.fillRect(x, middle - height, 2, 2 * height);
  }
}

function drawRuler(c, width, height) {
  const steps = [0.5, 1, 2, 5, 10, 30, 60], step = steps.find((each) => each * scaleOf() > 70) || 60;
  c.font = "11px " + colour.font;
  c.textBaseline = "top";
  for (let t = Math.ceil(left / step) * step; t < left + visible() && t <= duration; t += step) {
    const x = (t - left) * scaleOf();
    c.fillStyle = colour.line;
    c.fillRect(x, 0, 1, height);
    c.fillStyle = colour.soft;
    c.fillText(clock(t, step < 1), x + 4, 5);
  }
}

function clock(seconds, tenths = false) {
  const whole = Math.floor(seconds), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0") + (tenths ? "." + Math.floor((seconds % 1) * 10) : "");
  return h ? `${h}:${String(m).padStart(2, "0")}:${rest}` : `${m}:${rest}`;
}

function drawLanes() {
  const [c, width, height] = context($("lanes")), scale = scaleOf(), now = position();
  const right = left + width / scale, x = (t) => (t - left) * scale;
  const half = (height - 96) / 4 - 2;
  const lane = { user: { middle: 24 + half }, assistant: { middle: 24 + 2 * half + 32 + half } };
  for (const side of Object.values(lane)) side.words = side.middle + half + 5;
  drawRuler(c, width, height);
  let named = -Infinity; // where the name of the last tool ends
  for (const entry of entries) {
    if (entry.end < left || entry.start > right) continue;
    if (entry.side) {
      const { middle } = lane[entry.side];
      c.fillStyle = colour[entry.side + "-pale"];
      c.beginPath();
      c.roundRect(x(entry.start), middle - half - 2, Math.max(3, (entry.end - entry.start) * scale), 2 * half + 4, 7);
      c.fill();
    } else {
      c.fillStyle = colour.tool;
      c.beginPath();
      c.roundRect(x(entry.start), height - 15, Math.max(4, (entry.end - entry.start) * scale), 5, 2.5);
      c.fill();
      c.font = "11px " + colour.font;
      c.textBaseline = "bottom";
      const at = Math.max(x(entry.start) + 1, named);
      c.fillText(entry.name, at, height - 17);
      named = at + c.measureText(entry.name).width + 6;
    }
  }
  for (const incident of incidents) drawIncident(c, incident, x, height);
  const commentary = entries.filter((e) => e.phase === "commentary" && e.end > left && e.start < right);
  const tone = (t) => (commentary.some((e) => t >= e.start && t < e.end) ? colour.commentary : colour.assistant);
  const from = Math.max(0, left), to = Math.min(right, duration);
  drawWave(c, "user", from, to, x, lane.user.middle, half, () => colour.user);
  drawWave(c, "assistant", from, to, x, lane.assistant.middle, half, tone);
  drawWords(c, lane, width, now);
  c.fillStyle = colour.head;
  c.fillRect(x(now) - 0.75, 0, 1.5, height);
}

function drawIncident(c, incident, x, height) {
  const cut = incident.kind === "interruption";
  c.fillStyle = cut ? colour.soft : colour.bad;
  if (incident.end > incident.start) {
    c.globalAlpha = 0.12;
    c.fillRect(x(incident.start), 0, x(incident.end) - x(incident.start), height);
    c.globalAlpha = 1;
  }
  for (let y = 22; y < height - 20; y += 6) c.fillRect(x(incident.start), y, 1, 3);
  c.font = "11px " + colour.font;
  c.textBaseline = "top";
  c.fillText(cut ? "cut" : incident.kind, x(incident.start) + 4, 18);
}

function drawWords(c, lane, width, now) {
  const offset = left * scaleOf();
  c.textBaseline = "top";
  c.font = "14px " + colour.font;
  for (let i = firstPlace(offset); i < places.length && places[i].x < offset + width; i++) {
    const { word, side, x, width: long } = places[i], y = lane[side].words;
    const lit = !word.lost && now >= word.start && now < word.end;
    if (lit) {
      c.fillStyle = colour.lit;
      c.beginPath();
      c.roundRect(x - offset - 3, y - 2, long + 6, 20, 4);
      c.fill();
    }
    c.fillStyle = lit ? "#1c1d26" : word.lost ? colour.soft : colour.ink;
    c.direction = RIGHT_TO_LEFT.test(word.text) ? "rtl" : "ltr"; // where the punctuation of a word stands
    c.fillText(word.text, x - offset, y);
    if (word.lost) c.fillRect(x - offset - 3, y + 8, long + 6, 1.2);
  }
}

// The overview: the whole talk, drawn once into a picture, and the position over it.

let picture = null;
function paintOverview() {
  const canvas = $("overview"), [c, width, height] = context(canvas);
  const x = (t) => (t / duration) * width;
  c.fillStyle = colour.line;
  c.fillRect(0, height / 2 - 0.5, width, 1);
  for (const [side, middle] of [["user", height * 0.27], ["assistant", height * 0.73]])
    drawWave(c, side, 0, duration, x, middle, height * 0.25, () => colour[side]);
  for (const incident of incidents) {
    c.fillStyle = incident.kind === "interruption" ? colour.soft : colour.bad;
    c.fillRect(x(incident.start), 0, 1.5, height);
  }
  picture = document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = canvas.height;
  picture.getContext("2d").drawImage(canvas, 0, 0);
}

function drawOverview() {
  const [c, width, height] = context($("overview")), x = (t) => (t / duration) * width;
  if (picture.width) c.drawImage(picture, 0, 0, width, height);
  c.fillStyle = colour.ink;
  c.globalAlpha = 0.1;
  c.fillRect(x(Math.max(0, left)), 0, x(Math.min(visible(), duration)), height);
  c.globalAlpha = 1;
  c.fillStyle = colour.head;
  c.fillRect(x(position()) - 1, 0, 2, height);
}

// What is heard now lights up.

let lit = new Set();
function lightUp(now) {
  const next = new Set();
  for (let i = lastBefore(now); i >= 0 && i > lastBefore(now) - 40; i--)
    if (now < words[i].end) next.add(words[i].element);
  for (const entry of entries) if (now >= entry.start && now < entry.end) next.add(entry.element);
  if (!audio.paused) showEntry(next);
  const name = (element) => (element.classList.contains("w") ? "lit" : "now");
  for (const element of lit) if (!next.has(element)) element.classList.remove(name(element));
  for (const element of next) if (!lit.has(element)) element.classList.add(name(element));
  lit = next;
}

function showEntry(next) { // scroll on with the talk, unless the reader has gone elsewhere
  const isEntry = (element) => element.classList.contains("entry");
  const begun = [...next].find((element) => isEntry(element) && !lit.has(element));
  const before = [...document.querySelectorAll(".entry.now")].pop();
  const box = before?.getBoundingClientRect();
  const top = document.querySelector(".player").getBoundingClientRect().bottom;
  if (begun && (!box || (box.bottom > top && box.top < innerHeight))) begun.scrollIntoView({ block: "nearest" });
}

function lastBefore(now) { // the index of the last word that has begun
  let low = 0, high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start <= now + 1e-3) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function update() {
  const now = position();
  const most = Math.max(0, duration - visible() * 0.6);
  if (follows) left = Math.min(Math.max(0, now - visible() * 0.35), most);
  $("time").textContent = clock(now);
  $("overview").setAttribute("aria-valuenow", now.toFixed(1));
  $("overview").setAttribute("aria-valuetext", clock(now));
  lightUp(now);
  drawLanes();
  drawOverview();
}

let running = false;
function run() {
  if (audio.paused) { running = false; update(); return; }
  update();
  requestAnimationFrame(run);
}
function start() {
  document.body.classList.add("playing");
  $("play").setAttribute("aria-label", "Pause");
  if (!running) { running = true; requestAnimationFrame(run); }
}
function stop() {
  document.body.classList.remove("playing");
  $("play").setAttribute("aria-label", "Play");
}
audio.addEventListener("play", start);
audio.addEventListener("pause", stop);
audio.addEventListener("ended", stop);
audio.addEventListener("seeked", update);

// Mouse, finger and keyboard.

document.addEventListener("click", (event) => {
  const target = event.target.closest(".w, .at");
  if (!target) return;
  seek(number(target, "s"), true);
});
$("play").addEventListener("click", toggle);
$("speed").addEventListener("change", () => { audio.playbackRate = Number($("speed").value); });

function setZoom(next) {
  const middle = left + visible() / 2;
  zoom = Math.min(Math.max(0, next), ZOOMS.length - 1);
  left = middle - visible() / 2;
  placeWords();
  update();
}
$("in").addEventListener("click", () => setZoom(zoom + 1));
$("out").addEventListener("click", () => setZoom(zoom - 1));

let drag = null;
$("lanes").addEventListener("pointerdown", (event) => {
  drag = { x: event.clientX, left, moved: false };
  $("lanes").setPointerCapture(event.pointerId);
});
$("lanes").addEventListener("pointermove", (event) => {
  if (!drag) return;
  const by = event.clientX - drag.x;
  if (Math.abs(by) > 4) drag.moved = true;
  if (!drag.moved) return;
  $("lanes").classList.add("dragged");
  follows = false;
  left = Math.min(Math.max(-0.5, drag.left - by / scaleOf()), Math.max(0, duration - visible() * 0.4));
  update();
});
$("lanes").addEventListener("pointerup", (event) => {
  const { moved } = drag || { moved: true };
  drag = null;
  $("lanes").classList.remove("dragged");
  if (!moved) seek(timeAt(event.offsetX, event.offsetY), true);
});
$("lanes").addEventListener("pointercancel", () => { drag = null; });
$("lanes").addEventListener("wheel", (event) => {
  if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
  event.preventDefault();
  follows = false;
  left = Math.min(Math.max(-0.5, left + event.deltaX / scaleOf()), Math.max(0, duration - visible() * 0.4));
  update();
}, { passive: false });

function timeAt(x, y) { // of the word that was hit, else of the place
  const height = $("lanes").clientHeight, half = (height - 96) / 4 - 2, offset = left * scaleOf();
  const rows = { user: 24 + 2 * half + 5, assistant: 24 + 4 * half + 32 + 5 };
  for (let i = firstPlace(offset + x); i < places.length && places[i].x <= offset + x + 3; i++) {
    const { word, side, x: begin, width } = places[i];
    if (!word.lost && offset + x <= begin + width + 3 && y > rows[side] - 5 && y < rows[side] + 22) return word.start;
  }
  return left + x / scaleOf();
}

let scrubbing = false;
const scrub = (event) => seek((event.offsetX / $("overview").clientWidth) * duration);
$("overview").addEventListener("pointerdown", (event) => {
  scrubbing = true;
  $("overview").setPointerCapture(event.pointerId);
  scrub(event);
});
$("overview").addEventListener("pointermove", (event) => { if (scrubbing) scrub(event); });
$("overview").addEventListener("pointerup", () => { scrubbing = false; });

function step(list, by) { // to the next, or the one before
  const now = position();
  const found = by > 0 ? list.find((each) => each.start > now + 0.02)
    : [...list].reverse().find((each) => each.start < now - 0.25);
  seek(found ? found.start : by > 0 ? now : 0);
  if (found?.element) found.element.scrollIntoView({ block: "nearest" });
}
const inOrder = [...entries].sort((a, b) => a.start - b.start);
const KEYS = {
  " ": toggle, k: toggle,
  ArrowRight: () => step(words, 1), ArrowLeft: () => step(words, -1),
  ArrowDown: () => step(inOrder, 1), ArrowUp: () => step(inOrder, -1),
  Home: () => seek(0), End: () => seek(duration),
  "+": () => setZoom(zoom + 1), "-": () => setZoom(zoom - 1),
};
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("select") || (event.key === " " && event.target.closest("button, summary"));
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

function layOut() {
  readColours();
  placeWords();
  paintOverview();
  update();
}
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
window.addEventListener("resize", layOut);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", layOut);
layOut();
