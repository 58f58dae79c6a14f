/* What picture.c draws, page/picture.js reads, and picture.c itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BLOCKS, codeClock, decodeClock, findTexel, NOISE_RANGE, NOMINAL_WIDTH, STEP_MS }
  from "./page/picture.js";
import { BROKEN } from "./figures.js";
import { readLines } from "./lines.js";

const folder = mkdtempSync(join(tmpdir(), "wn-picture-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Frames that were drawn and then pass `between`; what was read of them. */
function draw(width, height, between) {
  const [read, raw] = ["read", "raw"].map(name => join(folder, name));
  const text = `-q videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=${width},height=${
    height},framerate=30/1 ! clockdraw ${between} ! clockread location=${read} ! filesink location=${raw}`;
  execFileSync("gst-launch-1.0", text.split(/\s+/),
    { env: { GST_REGISTRY: join(folder, "registry.bin"), ...process.env } });
  const data = readFileSync(raw), size = width * height * 3 / 2;
  return { lines: readLines(read), frames: Array.from({ length: data.length / size }, (_, i) =>
    data.subarray(i * size, (i + 1) * size)) };
}

describe("pictures with clocks", () => {
  for (const [width, height] of [[640, 360], [1280, 720], [320, 180]])
    it(`${width} × ${height}`, () => {
      const { lines, frames } = draw(width, height, "");
      assert.equal(frames.length, 4);
      for (const [i, [now, clock, error]] of lines.entries()) {
        assert.ok(clock <= now && clock > now - 60000, `drawn at ${clock}, read at ${now}`);
        assert.ok(error <= 2, `${error}`);
        for (const y of [1, height - 2]) {
          const read = decodeClock(Array.from({ length: BLOCKS }, (_, j) =>
            Number(frames[i][y * width + Math.floor((j + 0.5) * width / BLOCKS)] > 128)));
          assert.equal(read, clock % 2 ** 28);
        }
        const step = Math.floor(clock % 2 ** 28 / STEP_MS);
        for (let y = height / 2; y < height / 2 + 8; y++)
          for (let x = 0; x < width; x++) {
            const noise = frames[i][y * width + x]
              - findTexel(x * NOMINAL_WIDTH / width, y * NOMINAL_WIDTH / width, step);
            assert.ok(noise >= 0 && noise < NOISE_RANGE, `${noise} at ${x}, ${y}`);
          }
      }
    });

  it("scaled, it is read as well", () => {
    const { lines } = draw(640, 360, "! videoscale ! video/x-raw,width=320,height=180");
    for (const [now, clock, error] of lines)
      assert.ok(clock <= now && error <= 4, `${clock} ${now} ${error}`);
  });

  it("without a clock, nothing is read of it", () => {
    const { lines } = draw(640, 360, "! videobalance contrast=0");
    assert.deepEqual(lines.map(([, ...rest]) => rest), Array(4).fill([null, null]));
  });

  it("the texture of another time is far off", () => {
    for (let later = 8; later < 120; later++) {
      let error = 0;
      for (let y = 0; y < 360; y += 10)
        for (let x = 0; x < NOMINAL_WIDTH; x += 10)
          error += Math.abs(findTexel(x, y, 0) - findTexel(x, y, later)) / (36 * 64);
      assert.ok(error > 1.5 * BROKEN, `${error} after ${later} steps`);
    }
  });

  it("any bit that is wrong is noticed", () => {
    for (const clock of [0, 1, 0xabcdef1, 2 ** 28 - 1]) {
      const code = codeClock(clock);
      assert.equal(decodeClock(code), clock);
      for (let i = 0; i < BLOCKS; i++)
        assert.equal(decodeClock(code.map((bit, j) => i === j ? 1 - bit : bit)), -1);
    }
  });
});
