/* The page: what it sends, what it shows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ?room=default  &id=…  &role=auto|auto-lesser|polite|impolite  &token=…
 * &send=none|camera|test  &audio=1
 */

import { Room } from "./webrtc-negotiator.js";

const $ = id => document.getElementById(id);
const query = new URLSearchParams(location.search);

/** An element of HTML, or of SVG. */
function make(tag, attributes = {}, ...children) {
  const isSvg = /^(svg|g|path|line|circle|rect|text|title)$/.test(tag);
  const element = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Tells what went wrong, and what to do about it. */
function complain(what, advice) {
  const again = Array.from($("errors").children).find(
    ({ dataset }) => dataset.what === what);
  again?.remove();
  const close = make("button", { type: "button" }, "Dismiss");
  const error = make("div", { class: "error", "data-what": what },
    make("p", {}, make("b", {}, what), " ", advice), close);
  close.onclick = () => error.remove();
  $("errors").append(error);
  while ($("errors").childElementCount > 3)
    $("errors").firstElementChild.remove();
  return error;
}

/* --- What is sent ---------------------------------------------------------- */

/** A picture that is plain to see in motion: aurora, a clock, a frame counter. */
class TestPicture {
  #canvas = make("canvas", { width: 640, height: 360 });
  #frames = 0;
  #ticker;
  #audio = null;

  constructor(name, withAudio) {
    this.name = name;
    this.stream = this.#canvas.captureStream();
    this.#draw();
    // A worker's timer also runs at full speed when the tab is not in view.
    const code = new Blob(["setInterval(() => postMessage(0), 1000 / 30)"]);
    const url = URL.createObjectURL(code);
    this.#ticker = new Worker(url);
    this.#ticker.onmessage = () => this.#draw();
    URL.revokeObjectURL(url);
    if (withAudio)
      this.#addTone();
  }

  stop() {
    this.#ticker.terminate();
    this.#audio?.close();
    for (const track of this.stream.getTracks())
      track.stop();
  }

  #addTone() {
    const audio = new AudioContext();
    const tone = new OscillatorNode(audio, { frequency: 440 });
    const volume = new GainNode(audio, { gain: 0 });
    const sink = audio.createMediaStreamDestination();
    tone.connect(volume).connect(sink);
    // A soft beep each second.
    const beep = new OscillatorNode(audio, { frequency: 0.5 });
    beep.connect(new GainNode(audio, { gain: 0.12 })).connect(volume.gain);
    tone.start();
    beep.start();
    this.#audio = audio;
    this.stream.addTrack(sink.stream.getAudioTracks()[0]);
    addEventListener("pointerdown", () => audio.resume().catch(() => {}),
      { once: true });
  }

  #draw() {
    const { width, height } = this.#canvas;
    const g = this.#canvas.getContext("2d");
    const t = performance.now() / 1000;

    g.globalCompositeOperation = "source-over";
    g.fillStyle = "#0b1020";
    g.fillRect(0, 0, width, height);
    g.globalCompositeOperation = "screen";
    const lights = [["#0fa98a", 0.31, 0.23], ["#6a3df0", 0.23, 0.37],
      ["#1f6ff2", 0.41, 0.29], ["#c2367f", 0.17, 0.31]];
    lights.forEach(([color, fx, fy], i) => {
      const x = width * (0.5 + 0.42 * Math.sin(t * fx * 2 + i * 2));
      const y = height * (0.5 + 0.4 * Math.cos(t * fy * 2 + i));
      const glow = g.createRadialGradient(x, y, 0, x, y, width * 0.42);
      glow.addColorStop(0, color);
      glow.addColorStop(1, "#0000");
      g.fillStyle = glow;
      g.fillRect(0, 0, width, height);
    });
    g.globalCompositeOperation = "source-over";

    // The second hand, and where it has been.
    const x = width / 2, y = height / 2, r = 104, angle = t % 1 * 2 * Math.PI;
    g.lineWidth = 7;
    g.lineCap = "round";
    g.strokeStyle = "#ffffff30";
    g.beginPath();
    g.arc(x, y, r, 0, 7);
    g.stroke();
    g.strokeStyle = "#fff";
    g.beginPath();
    g.arc(x, y, r, angle - Math.PI / 2 - 0.9, angle - Math.PI / 2);
    g.stroke();

    const two = number => String(number).padStart(2, "0");
    const now = new Date();
    g.fillStyle = "#fff";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.font = "600 40px system-ui, sans-serif";
    g.fillText([now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(":"),
      x, y - 8);
    g.font = "500 17px system-ui, sans-serif";
    g.fillStyle = "#ffffffc0";
    g.fillText(`frame ${++this.#frames}`, x, y + 28);
    g.font = "600 20px system-ui, sans-serif";
    g.fillText(this.name, x, 36);
  }
}

/** What the camera's errors mean to the one who sees them. */
const CAMERA_ADVICE = {
  NotAllowedError: "Allow it at the left of the address bar, then press Camera again.",
  NotFoundError: "None was found. Plug one in, switch “With sound” off, or send the test picture.",
  NotReadableError: "Another program may be using it. Close that, then press Camera again.",
};

const sending = {
  kind: "none",
  source: null,                    // has stream, stop ()
  attempt: 0,

  get tracks() { return this.source?.stream.getTracks() ?? []; },

  async set(kind) {
    const attempt = ++this.attempt;
    const withAudio = $("send-audio").checked;
    let source = null;
    if (kind === "test") {
      source = new TestPicture(room.id, withAudio);
    } else if (kind === "camera") {
      $("send-camera").disabled = true;
      try {
        source = await openCamera(withAudio);
      } catch (error) {
        complain("The camera cannot be used.", CAMERA_ADVICE[error.name]
          ?? `${error.message}. Send the test picture instead.`);
        kind = this.kind === "camera" ? "none" : this.kind;
        if (kind !== "none")
          return;
      } finally {
        $("send-camera").disabled = false;
      }
    }
    if (attempt !== this.attempt)  // another button was pressed meanwhile
      source?.stop();
    else
      this.use(kind, source);
  },

  use(kind, source) {
    for (const peer of room.peers.values())
      for (const track of this.tracks)
        peer.removeTrack(track);
    this.source?.stop();
    this.kind = kind;
    this.source = source;
    for (const peer of room.peers.values())
      this.addTo(peer);
    for (const track of this.tracks)
      track.onended = () => this.set("none");    // the camera was unplugged

    for (const name of ["none", "camera", "test"])
      $(`send-${name}`).setAttribute("aria-pressed", name === kind);
    $("self").hidden = !source;
    $("preview").srcObject = source?.stream ?? null;
    if (source)
      $("preview").play().catch(() => {});
  },

  addTo(peer) {
    for (const track of this.tracks)
      peer.addTrack(track, this.source.stream);
  },
};

async function openCamera(withAudio) {
  if (!navigator.mediaDevices)
    throw new Error("Browsers allow it to pages from https:// or localhost only");
  const stream = await navigator.mediaDevices.getUserMedia(
    { video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: withAudio });
  return { stream, stop: () => stream.getTracks().forEach(track => track.stop()) };
}

/* --- What is received ------------------------------------------------------ */

/** The pictures and sounds of one peer; one tile for each picture. */
class Tiles {
  #tiles = new Set();              // { figure, video, stream, text }

  constructor(peer) {
    this.peer = peer;
  }

  /** Sound goes with the picture of its stream, else with the first one. */
  add(track, streamId) {
    const tiles = Array.from(this.#tiles);
    const lacks = kind => tile => !tile.stream.getTracks().some(
      other => other.kind === kind && !tile.isStale);
    const tile = tiles.find(tile => tile.isStale && tile.kinds.has(track.kind))
      ?? tiles.find(tile => tile.streamId === streamId && lacks(track.kind)(tile))
      ?? tiles.find(lacks(track.kind))
      ?? this.#make(streamId);

    if (tile.isStale) {
      tile.stream = new MediaStream();
      tile.streamId = streamId;
      tile.isStale = false;
    }
    tile.stream.addTrack(track);
    tile.kinds = new Set(tile.stream.getTracks().map(({ kind }) => kind));
    track.addEventListener("ended", () => tile.isStale || this.#remove(tile, track));
    this.#show(tile);
  }

  /** The connection was replaced: the pictures are to come again. */
  makeStale() {
    for (const tile of this.#tiles) {
      tile.isStale = true;
      tile.figure.classList.add("stale");
    }
  }

  /** Leaves what is still received. */
  reconcile() {
    const live = new Set(this.peer.pc.getTransceivers()
      .filter(({ currentDirection }) => /^(sendrecv|recvonly)$/.test(currentDirection))
      .map(({ receiver }) => receiver.track));
    for (const tile of this.#tiles)
      for (const track of tile.stream.getTracks())
        if (!live.has(track))
          this.#remove(tile, track);
  }

  clear() {
    for (const tile of this.#tiles)
      tile.figure.remove();
    this.#tiles.clear();
  }

  get list() { return Array.from(this.#tiles); }

  #make(streamId) {
    const video = make("video", { "data-peer": this.peer.id, playsinline: "", autoplay: "",
      "aria-label": `Picture from ${this.peer.id}` });
    video.muted = true;
    const text = make("span");
    const notes = make("svg", { class: "notes", viewBox: "0 0 24 24" },
      make("path", { d: "M4 10v4M8 7v10M12 4v16M16 7v10M20 10v4" }));
    const figure = make("figure", { class: "tile" }, video, notes,
      make("figcaption", {}, make("b", {}, this.peer.id), text));
    const tile = { figure, video, text, streamId, stream: new MediaStream(),
      kinds: new Set(), isStale: false, shown: 0, frames: 0, time: 0 };
    countFrames(tile);
    this.#tiles.add(tile);
    $("videos").append(figure);
    return tile;
  }

  #remove(tile, track) {
    if (!tile.stream.getTracks().includes(track))
      return;
    tile.stream.removeTrack(track);
    if (tile.stream.getTracks().length > 0) {
      this.#show(tile);
    } else {
      this.#tiles.delete(tile);
      tile.figure.remove();
    }
    showStage();
  }

  #show(tile) {
    const { figure, video, stream } = tile;
    figure.classList.remove("stale");
    figure.classList.toggle("sound-only", stream.getVideoTracks().length === 0);
    if (video.srcObject !== stream)
      video.srcObject = stream;
    tile.time = 0;
    video.muted = !isUnmuted;
    video.play().catch(() => {});
    showStage();
  }
}

/** The columns that leave the tiles the most room. */
function layOut() {
  const { clientWidth: width, clientHeight: height, childElementCount: n } = $("videos");
  const isNarrow = matchMedia("(max-width: 60rem)").matches;
  const gap = 12;
  let best = 0;
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = (height - gap * (rows - 1)) / rows * 16 / 9;
    best = Math.max(best, Math.min(byWidth, byHeight));
  }
  $("videos").style.setProperty("--tile-width",
    isNarrow || !best ? "100%" : `${Math.floor(best)}px`);
}

new ResizeObserver(layOut).observe($("videos"));

let isUnmuted = false;

$("unmute").onclick = () => {
  isUnmuted = true;
  for (const video of document.querySelectorAll("video[data-peer]"))
    video.muted = false;
  showStage();
};

function showStage() {
  const videos = Array.from(document.querySelectorAll("video[data-peer]"));
  const hasSound = videos.some(({ srcObject }) => srcObject?.getAudioTracks().length);
  $("unmute").hidden = !hasSound || isUnmuted;
  $("empty").hidden = videos.length > 0;
  layOut();
  if (videos.length > 0)
    return;

  const peers = room.peers.size;
  $("empty-command").hidden = peers > 0 || room.state !== "joined";
  if (room.state !== "joined") {
    $("empty-title").textContent = room.state === "refused" ? "The server refused us"
      : "Looking for the server…";
    $("empty-text").textContent = room.state === "refused" ? "" :
      "This goes on by itself as soon as the server answers.";
  } else if (peers > 0) {
    $("empty-title").textContent = peers === 1
      ? `${room.peers.keys().next().value} sends no picture yet`
      : "Nobody sends a picture yet";
    $("empty-text").textContent =
      "You can send yours. Whatever either side adds is negotiated as it comes.";
  } else {
    $("empty-title").textContent = "You are the first one here";
    $("empty-text").textContent =
      "Open this page in another tab, or send a picture from a pipeline:";
    $("empty-command").textContent = "gst-launch-1.0 videotestsrc is-live=true ! vp8enc "
      + "deadline=1 ! rtpvp8pay ! webrtcnegotiator "
      + `signaller-uri=${room.uri} room=${room.room}`;
  }
}

/** Firefox's getVideoPlaybackQuality () counts nothing of a MediaStream. */
function countFrames(tile) {
  const { video } = tile;
  const count = () => {
    tile.shown++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback?.(count);
}

/** Size and pace of each picture, once in a second. */
setInterval(() => {
  for (const { tiles } of views.values())
    for (const tile of tiles.list) {
      const { video, text } = tile;
      const frames = video.requestVideoFrameCallback ? tile.shown
        : video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
      const now = performance.now();
      const pace = Math.round((frames - tile.frames) * 1000 / (now - tile.time));
      text.textContent = !video.videoWidth ? ""
        : `${video.videoWidth} × ${video.videoHeight}`
          + (tile.time ? `, ${Math.max(pace, 0)} fps` : "");
      tile.frames = frames;
      tile.time = now;
    }
}, 1000);

/* --- The negotiation, drawn ------------------------------------------------ */

const ROW = 32, TOP = 18, LEFT = 72, RIGHT = 26, MAX_STEPS = 200;

/* Of each step: a shape, a tone, a label. */
const STEPS = {
  "peer-joined": ["note", "dim", "joined"],
  "peer-left": ["note", "dim", "left"],
  "offer-sent": ["out", "local", "offer"],
  "offer-received": ["in", "remote", "offer"],
  "answer-sent": ["out", "remote", "answer"],
  "answer-received": ["in", "local", "answer"],
  "collision": ["clash", "warn", "both have offered at once"],
  "offer-ignored": ["lost", "warn", "their offer, ignored"],
  "rolled-back": ["loop", "warn", "our offer rolled back"],
  "stale-answer": ["lost", "dim", "too late, dropped"],
  "stable": ["band", "good", "stable"],
  "offer-rejected": ["in", "bad", "declined"],
  "suppressed": ["loop", "dim", "not offered again"],
  "restarted": ["cut", "warn", "fresh connection"],
  "message-rejected": ["lost", "bad", "bad message, dropped"],
  "connected": ["band", "good", "connected"],
  "failed": ["cut", "bad", "connection failed"],
  "disconnected": ["note", "warn", "connection interrupted"],
  "signaller-lost": ["note", "warn", "server lost, media goes on"],
  "signaller-back": ["note", "good", "server is back"],
};

/** The steps with one peer, as a diagram that grows downwards. */
class Timeline {
  steps = [];
  #states = [];                    // signaling state after each step

  constructor(peer) {
    this.peer = peer;
    this.began = performance.now();
  }

  add(name, detail = {}) {
    const [shape, tone, label] = STEPS[name] ?? ["note", "dim", name];
    const step = { name, shape, tone, label, ...detail, at: performance.now() };
    if (name === "offer-rejected" && detail.by === "local")
      step.shape = "out";
    if (name === "stable")
      step.aside = `in ${duration(this.peer.stats.lastNegotiationMs)}`;
    else if (name === "collision")
      step.aside = detail.ignored ? "ours stands" : "we give way";
    else
      step.aside = detail.reason;
    step.state = this.peer.signalingState;
    this.steps.push(step);
    if (this.steps.length > MAX_STEPS)
      this.steps.shift();
    $("log").append(make("li", {}, `${this.peer.id}: ${describe(step)}`));
    while ($("log").childElementCount > 50)
      $("log").firstElementChild.remove();
  }

  draw() {
    const scroller = $("timeline");
    const isAtEnd = scroller.scrollTop + scroller.clientHeight
      >= scroller.scrollHeight - ROW;
    const width = Math.max(scroller.clientWidth, 260);
    const bottom = TOP + this.steps.length * ROW + 8;
    const a = LEFT, b = width - RIGHT;

    $("diagram").setAttribute("height", bottom);
    $("diagram").setAttribute("viewBox", `0 0 ${width} ${bottom}`);
    $("life").replaceChildren(...this.#drawLife(a, b, bottom));
    $("steps").replaceChildren(...this.steps.map((step, i) =>
      this.#drawStep(step, i, a, b)));
    if (isAtEnd)
      scroller.scrollTop = scroller.scrollHeight;
  }

  /** Our line has the colour of the signaling state. */
  #drawLife(a, b, bottom) {
    const line = (x, y1, y2, extra = "") =>
      make("line", { class: `life ${extra}`, x1: x, x2: x, y1, y2 });
    const end = Math.max(bottom, $("timeline").clientHeight);
    const parts = [line(a, 6, end), line(b, 6, end)];
    this.steps.forEach(({ state }, i) => {
      const y = TOP + i * ROW + ROW / 2;
      const isLast = i === this.steps.length - 1;
      parts.push(line(a, y, isLast ? bottom : y + ROW, `state ${state}`));
    });
    return parts;
  }

  #drawStep(step, i, a, b) {
    const y = TOP + i * ROW + ROW / 2;
    const isNew = performance.now() - step.at < 600;
    const middle = (a + b) / 2;
    const wire = (d, extra = "", attributes = {}) => make("path",
      { class: `wire ${extra}`, d, pathLength: 1, ...attributes });
    const write = (x, y, text, extra, anchor = "middle") => make("text",
      { class: extra, x, y, "text-anchor": anchor }, text);
    const cross = (x, y) => make("path",
      { class: "wire", d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10` });
    const arrow = { "marker-end": "url(#arrow)" };
    const draw = isNew ? "draw" : "";
    const label = step.aside ? `${step.label}: ${step.aside}` : step.label;
    const clip = text => text.length > 44 ? `${text.slice(0, 43)}…` : text;
    const parts = [make("title", {}, label)];

    switch (step.shape) {
      case "out":
        parts.push(wire(`M${a + 5} ${y}H${b - 6}`, draw, arrow),
          write(middle, y - 6, step.label, "label tinted"));
        break;
      case "in":
        parts.push(wire(`M${b - 5} ${y}H${a + 6}`, draw, arrow),
          write(middle, y - 6, step.label, "label tinted"));
        break;
      case "lost":
        parts.push(make("path", { class: "wire lost", d: `M${b - 5} ${y}H${a + 26}` }),
          cross(a + 18, y), write(middle + 8, y - 6, step.label, "label tinted"));
        break;
      case "clash":
        parts.push(make("rect", { class: "band", x: a, y: y - ROW / 2 + 1,
          width: b - a, height: ROW - 2 }),
        make("path", { class: "fill", d: burst(a + 18, y) }),
        write(a + 36, y + 4, clip(`Collision: ${step.aside}`), "label tinted", "start"));
        break;
      case "loop":
        parts.push(wire(`M${a + 4} ${y - 7}h10a7 7 0 0 1 0 14h-8`, draw, arrow),
          write(a + 32, y + 4, step.label, "label tinted", "start"));
        break;
      case "cut":
        parts.push(make("path", { class: "wire lost", d: `M${a - 12} ${y}H${b + 12}` }),
          write(middle, y + 4, step.label, "label tinted"));
        break;
      case "band":
        parts.push(make("rect", { class: "band", x: a, y: y - ROW / 2 + 4,
          width: b - a, height: ROW - 8 }),
        make("circle", { class: "fill", cx: a, cy: y, r: 6 }),
        make("circle", { class: "fill", cx: b, cy: y, r: 6 }),
        write(middle, y + 4, step.aside ? `${step.label} ${step.aside}` : step.label,
          "label tinted"));
        break;
      default:
        parts.push(make("circle", { class: "fill", cx: a, cy: y, r: 4 }),
          write(a + 16, y + 4, clip(label), "aside", "start"));
    }
    const previous = this.steps[i - 1];
    const since = previous ? step.at - previous.at : 0;
    parts.push(write(LEFT - 14, y + 4, i === 0 ? "0 ms" : `+${duration(since)}`,
      "time", "end"));
    return make("g", { class: `step ${step.tone}` }, ...parts);
  }
}

/** A star, for where two offers meet. */
function burst(x, y) {
  const points = Array.from({ length: 16 }, (_, i) => {
    const r = i % 2 ? 4.5 : 10;
    const angle = i * Math.PI / 8;
    return `${(x + r * Math.cos(angle)).toFixed(1)} ${(y + r * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}

function duration(ms) {
  if (ms < 999.5)
    return `${Math.round(ms)} ms`;
  return ms < 59950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60000)} min`;
}

function describe({ name, shape, label, aside }) {
  const way = { out: " sent", in: " received" }[shape] ?? "";
  return `${name === "collision" ? "collision, " : ""}${label}${way}`
    + (aside ? `, ${aside}` : "");
}

/* --- The states ------------------------------------------------------------ */

const TONES = {
  joined: "good", connected: "good", stable: "good", connecting: "busy",
  "have-local-offer": "busy", "have-remote-offer": "remote", lost: "warn",
  disconnected: "warn", failed: "bad", refused: "bad",
};
const RANKS = ["connected", "connecting", "new", "disconnected", "failed", "closed"];

const views = new Map();           // Peer → { tiles, timeline }
let shown = null;                  // the Peer whose negotiation is on display

function setPill(element, state) {
  element.textContent = state;
  element.dataset.tone = TONES[state] ?? "";
}

/** All that is shown follows from the room's state; at most once in a frame. */
function update() {
  update.isDue ||= setTimeout(() => {
    update.isDue = 0;
    showRoom();
    showPeer();
    showStage();
  });
}

function showRoom() {
  const states = Array.from(room.peers.values(), ({ connectionState }) => connectionState);
  document.body.dataset.state = RANKS.find(state => states.includes(state)) ?? "new";
  $("room").textContent = room.room;
  $("own-id").textContent = room.id;
  $("own-role").textContent = room.role;
  setPill($("signaller"), room.state);
}

function showPeer() {
  const peers = Array.from(views.keys());
  $("peers").hidden = peers.length < 2;
  $("peers").replaceChildren(...peers.map(peer => {
    const button = make("button", { type: "button", "aria-pressed": peer === shown },
      peer.id);
    button.onclick = () => {
      shown = peer;
      update();
    };
    return button;
  }));
  $("lane-me").textContent = room.id;
  $("lane-peer").textContent = shown?.id ?? "nobody yet";
  $("timeline-empty").hidden = Boolean(shown);
  $("peer-facts").hidden = $("peer-actions").hidden = !shown || shown.closed;
  if (!shown)
    return;

  const { stats } = shown;
  setPill($("connection"), shown.connectionState);
  setPill($("signaling"), shown.signalingState);
  $("politeness").textContent = shown.polite ? "polite" : "impolite";
  $("offers").textContent = `${stats.offersSent} out, ${stats.offersReceived} in`;
  $("collisions").textContent = stats.collisions;
  $("took").textContent = stats.lastNegotiationMs === null ? "–"
    : duration(stats.lastNegotiationMs);
  views.get(shown).timeline.draw();
}

$("negotiate").onclick = () => shown?.negotiate();
$("restart").onclick = () => shown?.restart();

/* --- The room -------------------------------------------------------------- */

const ADVICE = {
  "unauthorized": ["The server wants a token.",
    `Add ${location.search ? "&" : "?"}token=… to this page's address, with the token that `
    + "the pipeline was given."],
  "unreachable": ["The server cannot be reached.",
    "See whether the pipeline still runs; this page goes on trying."],
  "id-in-use": ["This id is in use.",
    "Close the other tab, or take another id in this page's address. Trying again…"],
  "room-full": ["The room is full.", "Trying again until somebody leaves…"],
  "unsupported-version": ["The server speaks another version.",
    "Take the page from the server that you want to join."],
};

function join() {
  const uri = new URL("ws", location.href);
  uri.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  uri.search = uri.hash = "";
  const options = { uri: uri.href, room: query.get("room") || "default",
    id: query.get("id") || null, token: query.get("token"),
    role: query.get("role") || "auto" };
  try {
    return new Room(options);
  } catch (error) {
    complain(`${error.message}.`, "Change it in this page's address.");
    $("empty-title").textContent = "No room is joined";
    $("empty-text").textContent = "What is wrong with this page's address is said above.";
    $("controls").hidden = true;
    return null;
  }
}

// Where the address is wrong there is no more to do: the rest waits for ever.
const room = join() ?? await new Promise(() => {});

room.onstate = ({ state }) => {
  if (state === "joined")
    $("errors").replaceChildren();
  update();
};

room.onerror = ({ code, message }) => {
  const [what, advice] = ADVICE[code] ?? [`The server says: ${message}`, `(${code})`];
  complain(what, advice);
};

room.onpeer = peer => {
  const view = { tiles: new Tiles(peer), timeline: new Timeline(peer) };
  // A former peer of that id, which came again, is not of interest any more.
  for (const other of views.keys())
    if (other.closed)
      views.delete(other);
  views.set(peer, view);
  if (!shown || shown.closed)
    shown = peer;
  view.timeline.add("peer-joined");
  peer.ontrack = ({ track, streams }) => view.tiles.add(track, streams[0]?.id);
  peer.onpc = () => view.tiles.makeStale();
  let connection = "new";
  peer.onstate = state => {
    if (state.connection !== connection && STEPS[state.connection])
      view.timeline.add(state.connection);
    connection = state.connection;
    update();
  };
  sending.addTo(peer);
  update();
};

room.onpeerleft = peer => {
  const view = views.get(peer);
  view.tiles.clear();
  if (room.peers.size > 0) {
    views.delete(peer);
    if (shown === peer)
      shown = room.peers.values().next().value;
  }
  update();
};

room.onevent = ({ peer, name, ...detail }) => {
  const view = views.get(peer);
  if (peer && name !== "peer-joined")
    view?.timeline.add(name, detail);
  if (name === "stable")
    view?.tiles.reconcile();
  if (name.startsWith("signaller-"))
    for (const { timeline } of views.values())
      timeline.add(name);
  update();
};

for (const kind of ["none", "camera", "test"])
  $(`send-${kind}`).onclick = () => sending.set(kind);
$("send-audio").onchange = () => {
  if (sending.kind !== "none")
    sending.set(sending.kind);
};

$("send-audio").checked = query.get("audio") === "1";
if (["camera", "test"].includes(query.get("send")))
  sending.set(query.get("send"));
update();

new ResizeObserver(update).observe($("timeline"));

/* For the curious, and for tests. */
window.room = room;
