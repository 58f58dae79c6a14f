/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lesserShare, lostShare, median, medians, ofFrames, ofLine, ofStats, ofSteady, quantile,
  timeToFrame, timeToRate } from "./figures.js";

const period = { begin: 1000, end: 3000, rate: 10 };
const every = (step, from, to) => Array.from({ length: (to - from) / step }, (_, i) =>
  [from + i * step, from + i * step - 40, 5]);

describe("figures", () => {
  it("quantiles are values that were there", () => {
    assert.equal(quantile([], 0.5), null);
    assert.equal(quantile([3, 1, 2], 0.5), 2);
    assert.equal(quantile(Array.from({ length: 100 }, (_, i) => i + 1), 0.95), 95);
    assert.equal(median([4, null, 1, 2, undefined]), 2);
    assert.deepEqual(medians([{ a: 1, b: null }, { a: 3 }, { a: 2 }]), { a: 2, b: null });
  });

  it("frames at their pace", () => {
    assert.deepEqual(ofFrames(every(100, 500, 4000), period),
      { shown: 10, worst: 100, frozen: 0, p50: 40, p95: 40, broken: 0 });
  });

  it("a gap, at the end too, counts whole where it is long enough", () => {
    const figures = ofFrames([...every(100, 1000, 1500), ...every(100, 2000, 2200)], period);
    assert.equal(figures.worst, 900);
    assert.equal(figures.frozen, 0.6 + 0.9);
    assert.equal(ofFrames([], period).worst, 2000);
    assert.equal(ofFrames([], period).frozen, 2);
    assert.equal(ofFrames([], period).p50, null);
  });

  it("frames that cannot be read, or are broken, count as frames", () => {
    const figures = ofFrames([[1500, null, null], [1600, 1500, 8], [1700, 1600, 60]], period);
    assert.equal(figures.broken, 2 / 3);
    assert.equal(figures.p50, 100);
  });

  it("counters count from the first to the last time within", () => {
    const rows = [500, 1000, 2000, 3000, 3500].map(now => ({ now,
      "inbound-rtp": { framesDecoded: now / 100, concealedSamples: now, totalSamplesReceived: now * 4 } }));
    assert.equal(ofStats(rows, period).decoded, 10);
    assert.equal(ofStats(rows, period).concealed, 0.25);
    assert.equal(ofStats([], period).decoded, null);
  });

  it("of two, the lesser one's share", () => {
    const of = (type, name, rate) => [1000, 2000, 3000].map(now =>
      ({ now, [type]: { [name]: now * rate } }));
    assert.equal(lesserShare([of("inbound-rtp", "bytesReceived", 3),
      of("outbound-rtp", "bytesSent", 1)], period), 0.25);
    assert.equal(lesserShare([[], []], period), null);
  });

  it("sequence numbers wrap, repeat and come in any order", () => {
    const packets = [65534, 0, 65535, 0, 2, 4].map((seqnum, i) => [1000 + i, seqnum]);
    assert.equal(lostShare(packets, period), 1 - 5 / 7);
    assert.equal(lostShare([], period), 1);
  });

  it("the line's", () => {
    const sample = (time, bytes) => ({ time, forward: { packets: 10, bytes, delivered: bytes / 2,
      lost: 1, dropped: 0, waits: [1, 2] }, back: { bytes: 0 } });
    const samples = Array.from({ length: 40 }, (_, i) => sample(100 * i, i < 20 ? 1250 : 2500));
    const figures = ofLine(samples, period);
    assert.equal(figures.sent, (9 * 1250 + 11 * 2500) * 8 / 2000);
    assert.equal(figures.lost, 0.1);
    assert.equal(figures.wait, 2);
    const rates = [{ time: 0, rate: 100 }, { time: 2000, rate: 400 }];
    const { least, most } = ofSteady(samples, rates, { end: 3900 });
    assert.ok(Math.abs(least - 0.5) < 0.05 && Math.abs(most - 1) < 0.11, `${least} ${most}`);
  });

  it("the time to a rate", () => {
    const samples = Array.from({ length: 60 }, (_, i) => ({ time: 100 * i, back: {},
      forward: { packets: 1, bytes: i < 30 ? 1250 : 12500, delivered: 0, waits: [] } }));
    assert.equal(timeToRate(samples, 0, 100), 1);
    assert.equal(timeToRate(samples, 1000, 1000), 2.9);
    assert.equal(timeToRate(samples, 0, 2000), null);
  });

  it("the first frame after a time", () => {
    assert.equal(timeToFrame([[10, 0], [50, 0]], 20), 30);
    assert.equal(timeToFrame([[10, 0]], 20), null);
  });
});
