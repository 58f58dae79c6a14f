/* Pictures with the wall clock in them: what picture.c draws and reads, for pages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

export const BLOCKS = 40, NOMINAL_WIDTH = 640, STEP_MS = 32, NOISE_RANGE = 12;
const CLOCK_BITS = 28, CLOCK_RANGE = 2 ** CLOCK_BITS;
const COLUMNS = 16, ROWS = 8;
const TEXTURE = 256, NOISE = 65536;

/** The blocks of a row, as 0 and 1: 1, 0, the clock, a checksum, 0, 1. */
export function codeClock(clock) {
  const sum = 0x5a ^ clock & 0xff ^ clock >> 8 & 0xff ^ clock >> 16 & 0xff ^ clock >> 24;
  const bits = (value, count) =>
    Array.from({ length: count }, (_, i) => value >> (count - 1 - i) & 1);
  return [1, 0, ...bits(clock, CLOCK_BITS), ...bits(sum, 8), 0, 1];
}

/** The clock of such a row, or -1. */
export function decodeClock(blocks) {
  const clock = blocks.slice(2, 2 + CLOCK_BITS).reduce((value, bit) => value << 1 | bit, 0);
  return codeClock(clock).every((bit, i) => bit === blocks[i]) ? clock : -1;
}

function makeTexture() {
  const step = 16, points = TEXTURE / step, corners = [];
  const texture = new Uint8Array(TEXTURE * TEXTURE);
  const noise = new Uint8Array(2 * NOISE);
  let state = 1;
  const random = () => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return state >>> 16;
  };
  for (let i = 0; i < points * points; i++)
    corners.push(48 + random() % 160);
  for (let y = 0; y < TEXTURE; y++)
    for (let x = 0; x < TEXTURE; x++) {
      const left = Math.floor(x / step), right = (left + 1) % points, dx = x % step;
      const top = Math.floor(y / step), bottom = (top + 1) % points, dy = y % step;
      const at = (row, column) => corners[row * points + column];
      texture[y * TEXTURE + x] = Math.floor(
        ((at(top, left) * (step - dx) + at(top, right) * dx) * (step - dy)
          + (at(bottom, left) * (step - dx) + at(bottom, right) * dx) * dy) / (step * step));
    }
  for (let i = 0; i < NOISE; i++)
    noise[i] = noise[NOISE + i] = random() % NOISE_RANGE;
  return { texture, noise };
}

const { texture, noise } = makeTexture();

/** At a place of a picture of the nominal width. */
export const findTexel = (x, y, n) => texture[
  (Math.floor(y) + n) % TEXTURE * TEXTURE + (Math.floor(x) + 2 * n) % TEXTURE];

/** A track that shows the clock, so often in a second. */
export function drawClock({ width, height, rate }) {
  const block = Math.floor(width / BLOCKS);
  const picture = new Uint8Array(width * height * 3 / 2).fill(128);
  const track = new MediaStreamTrackGenerator({ kind: "video" });
  const writer = track.writable.getWriter();
  const begin = performance.now();
  let n = 0, drawn = 0;

  function draw() {
    const clock = Date.now() % CLOCK_RANGE, step = Math.floor(clock / STEP_MS);
    const scale = NOMINAL_WIDTH / width;
    for (let y = block; y < height - block; y++) {
      const offset = (step * 7919 + y * width) % NOISE;
      for (let x = 0; x < width; x++)
        picture[y * width + x] = findTexel(x * scale, y * scale, step) + noise[offset + x];
    }
    const blocks = codeClock(clock);
    for (let x = 0; x < width; x++)
      picture[x] = blocks[Math.floor(x * BLOCKS / width)] ? 235 : 16;
    for (let y = 1; y < block; y++)
      picture.copyWithin(y * width, 0, width);
    for (let y = height - block; y < height; y++)
      picture.copyWithin(y * width, 0, width);
    return new VideoFrame(picture, { format: "I420", codedWidth: width, codedHeight: height,
      timestamp: Math.round((performance.now() - begin) * 1000) });
  }

  // Those whose time has passed are left out, as a camera does.
  function next() {
    if (track.readyState === "ended")
      return;
    n = Math.max(n + 1, Math.floor((performance.now() - begin) * rate / 1000));
    setTimeout(() => {
      if (track.readyState !== "ended")
        writer.write(draw()).catch(() => {});
      drawn++;
      next();
    }, begin + n * 1000 / rate - performance.now());
  }
  next();
  return { track, get drawn() { return drawn; } };
}

/** How far the texture is, on average, from what was drawn then. */
function compareTexture(g, frame, clock) {
  const { width, height } = g.canvas;
  g.drawImage(frame, 0, 0, width, height);
  const { data } = g.getImageData(0, 0, width, height);
  let error = 0;
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS; column++) {
      const x = (column + 0.5) / COLUMNS, y = (row + 0.5) / ROWS;
      const seen = data[(Math.floor(y * height) * width + Math.floor(x * width)) * 4 + 1];
      const texel = findTexel(x * NOMINAL_WIDTH,
        y * NOMINAL_WIDTH * frame.displayHeight / frame.displayWidth, Math.floor(clock / STEP_MS));
      // Of a pixel as a page has it, from 16 to 235.
      error += Math.abs(seen * 219 / 255 + 16 - texel - NOISE_RANGE / 2);
    }
  return Math.floor(error / (ROWS * COLUMNS));
}

/** Reads each frame that a video element shows: calls seen (now, clock, error), the
 * latter two null where it cannot be read. */
export function readClock(video, seen) {
  const SCALE = 4;                 // pixels for each block
  const makeCanvas = (width, height) => Object.assign(document.createElement("canvas"),
    { width, height }).getContext("2d", { willReadFrequently: true });
  const g = makeCanvas(BLOCKS * SCALE, 2 * SCALE), { canvas } = g;
  const whole = makeCanvas(NOMINAL_WIDTH / 4, NOMINAL_WIDTH * 9 / 64);

  function read() {
    const now = Date.now();
    // One frame, while the element may go on to the next one.
    const frame = new VideoFrame(video);
    const { displayWidth: width, displayHeight: height } = frame;
    const block = width / BLOCKS;
    g.drawImage(frame, 0, 0, width, block, 0, 0, canvas.width, SCALE);
    g.drawImage(frame, 0, height - block, width, block, 0, SCALE, canvas.width, SCALE);
    const { data } = g.getImageData(0, 0, canvas.width, canvas.height);
    const [top, bottom] = [0, SCALE].map(row => decodeClock(
      Array.from({ length: BLOCKS }, (_, i) => {
        let sum = 0;
        for (const y of [row + 1, row + 2])
          for (const x of [i * SCALE + 1, i * SCALE + 2])
            sum += data[(y * canvas.width + x) * 4 + 1];
        return Number(sum > 4 * 128);
      })));
    if (top === bottom && top >= 0)
      seen(now, now - ((now - top) % CLOCK_RANGE + CLOCK_RANGE) % CLOCK_RANGE,
        compareTexture(whole, frame, top));
    else
      seen(now, null, null);
    frame.close();
    handle = video.requestVideoFrameCallback(read);
  }
  let handle = video.requestVideoFrameCallback(read);
  return () => video.cancelVideoFrameCallback(handle);
}
