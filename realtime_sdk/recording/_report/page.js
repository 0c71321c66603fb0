const $ = (id) => document.getElementById(id);
const number = (element, name) => Number(element.dataset[name]);
const duration = number(document.body, "duration");

// What is said where. The page itself holds it: the script only reads it.

const words = [...document.querySelectorAll(".w")].map((element) => ({
  element, start: number(element, "s"), end: number(element, "e"), text: element.textContent,
  side: element.closest(".entry").dataset.side,
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

// The promise of play() is rejected where pause() comes first: then there is nothing to start.
const play = () => audio.play().catch(() => {});

function seek(seconds, plays = false) {
  chosen = Math.min(Math.max(0, seconds), duration);
  follows = true;
  if (audio.src) {
    audio.currentTime = chosen;
    if (plays) play();
  }
  update();
}

function toggle() {
  if (!audio.src) return;
  if (audio.paused) {
    if (audio.ended || position() >= duration - 0.05) audio.currentTime = 0;
    play();
  } else audio.pause();
}

// What is heard now lights up.

let lit = new Set();
function lightUp(now) {
  const next = new Set();
  const last = lastBefore(now);
  for (let i = last; i >= 0 && i > last - 40; i--)
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
  if (!begun) return;
  const before = [...document.querySelectorAll(".entry.now")].pop();
  const box = before?.getBoundingClientRect();
  const top = document.querySelector(".player").getBoundingClientRect().bottom;
  if (!box || (box.bottom > top && box.top < innerHeight)) begun.scrollIntoView({ block: "nearest" });
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

function showFrom(seconds) { // at the left edge, wherever the position is
  follows = false;
  left = Math.min(Math.max(-0.5, seconds), Math.max(0, duration - visible() * 0.4));
  update();
}

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
  showFrom(drag.left - by / scaleOf());
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
  showFrom(left + event.deltaX / scaleOf());
}, { passive: false });

function timeAt(x, y) { // of the word that was hit, else of the place
  const lane = lanesWithin($("lanes").clientHeight), offset = left * scaleOf();
  for (let i = firstPlace(offset + x); i < places.length && places[i].x <= offset + x + 3; i++) {
    const { word, side, x: begin, width } = places[i];
    const { words: top } = lane[side];
    if (!word.lost && offset + x <= begin + width + 3 && y > top - 5 && y < top + 22) return word.start;
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
