"use strict";

// Draws the lanes and the overview. `page.js`, which follows it in the page, says what is where, and when it is now.

// Colours are those of the style sheet, which knows light and dark.

let colour = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = [
    "ink", "soft", "line", "user", "user-pale", "assistant", "assistant-pale", "commentary", "tool", "bad", "lit", "head",
  ];
  for (const name of names) colour[name] = style.getPropertyValue("--" + name).trim();
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

function lanesWithin(height) { // of each side: the middle of its sound, half the height of that, the top of its words
  const half = (height - 96) / 4 - 2;
  const lane = (middle) => ({ middle, half, words: middle + half + 5 });
  return { user: lane(24 + half), assistant: lane(24 + 2 * half + 32 + half) };
}

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
  const step = 3, array = peaks[side], begin = toX(from), end = toX(to);
  const scale = (end - begin) / (to - from);
  for (let x = Math.floor(begin / step) * step; x < end; x += step) {
    const t = from + (x - begin) / scale;
    const a = Math.floor(t * peaks.rate);
    const b = Math.max(a + 1, Math.floor((t + step / scale) * peaks.rate));
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
  const lane = lanesWithin(height);
  drawRuler(c, width, height);
  let named = -Infinity; // where the name of the last tool ends
  for (const entry of entries) {
    if (entry.end < left || entry.start > right) continue;
    if (entry.side) {
      const { middle, half } = lane[entry.side];
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
  drawWave(c, "user", from, to, x, lane.user.middle, lane.user.half, () => colour.user);
  drawWave(c, "assistant", from, to, x, lane.assistant.middle, lane.assistant.half, tone);
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
