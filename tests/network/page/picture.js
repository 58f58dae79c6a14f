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

/** Of pixels' green, as luma: pages have the range from 16 to 235 as 0 to 255. */
function readRow(g, y) {
  const { data } = g.getImageData(0, Math.floor(y), g.canvas.width, 1);
  return x => data[Math.floor(x) * 4 + 1] * 219 / 255 + 16;
}

/** How far the texture is, on average, from what was drawn then. */
function compareTexture(g, clock) {
  const { width, height } = g.canvas, scale = NOMINAL_WIDTH / width;
  const step = Math.floor(clock / STEP_MS);
  let error = 0;
  for (let i = 0; i < ROWS; i++) {
    const y = Math.floor((i + 0.5) * height / ROWS), luma = readRow(g, y);
    for (let j = 0; j < COLUMNS; j++) {
      const x = Math.floor((j + 0.5) * width / COLUMNS);
      error += Math.abs((luma(x - 1) + luma(x) + luma(x + 1)) / 3
        - findTexel(x * scale, y * scale, step) - NOISE_RANGE / 2);
    }
  }
  return Math.floor(error / (ROWS * COLUMNS));
}

/** The clock in the row of blocks at this height, or -1. */
function readBlocks(g, y) {
  const luma = readRow(g, y), block = g.canvas.width / BLOCKS;
  return decodeClock(Array.from({ length: BLOCKS }, (_, i) => {
    const x = (i + 0.5) * block;
    return Number(luma(x - 1) + luma(x) + luma(x + 1) > 3 * 128);
  }));
}

/** Reads each frame that a video element shows: calls seen (now, clock, error), the
 * latter two null where it cannot be read. */
export function readClock(video, seen) {
  const canvas = document.createElement("canvas");
  const g = canvas.getContext("2d", { willReadFrequently: true });

  function read() {
    const now = Date.now();
    const { videoWidth: width, videoHeight: height } = video;
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    // At once: the element may go on to the next frame.
    g.drawImage(video, 0, 0);
    const half = width / BLOCKS / 2;
    const top = readBlocks(g, half), bottom = readBlocks(g, height - half);
    if (top === bottom && top >= 0)
      seen(now, now - ((now - top) % CLOCK_RANGE + CLOCK_RANGE) % CLOCK_RANGE,
        compareTexture(g, top));
    else
      seen(now, null, null);
    handle = video.requestVideoFrameCallback(read);
  }
  let handle = video.requestVideoFrameCallback(read);
  return () => video.cancelVideoFrameCallback(handle);
}
