/* Figures of what was seen: docs/development.md says what they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** The value that this share of them is not above, or null. */
export function quantile(values, share) {
  if (values.length === 0)
    return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export const median = values => {
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.length === 0)
    return null;
  const sorted = known.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Of all figures of several runs. */
export function medians(runs) {
  const names = new Set(runs.flatMap(run => Object.keys(run)));
  return Object.fromEntries(Array.from(names, name => [name, median(runs.map(run => run[name]))]));
}

/** A picture counts as frozen when its frame stays for longer: webrtc-stats,
 * freezeCount, at the nominal rate. */
export const freezeLimit = rate => Math.max(3000 / rate, 1000 / rate + 150);

/** A picture whose texture is further off than this is broken: coding alone leaves it
 * below, and the texture of another time is far above. */
export const BROKEN = 10;

/** Of frames [now, clock, error], from `begin` to `end`. */
export function ofFrames(frames, { begin, end, rate }) {
  const inside = frames.filter(([now]) => now >= begin && now < end);
  const times = [begin, ...inside.map(([now]) => now), end];
  const gaps = times.slice(1).map((now, i) => now - times[i]);
  const latencies = inside.filter(([, clock]) => clock !== null).map(([now, clock]) => now - clock);
  return {
    shown: inside.length * 1000 / (end - begin),
    worst: Math.max(...gaps),
    frozen: gaps.filter(gap => gap > freezeLimit(rate)).reduce((a, b) => a + b, 0) / 1000,
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    broken: inside.length
      ? inside.filter(([, clock, error]) => clock === null || error > BROKEN).length / inside.length
      : null,
  };
}

/** How much a counter of getStats () grew, from `begin` to `end`. */
function growth(stats, type, name, { begin, end }) {
  const values = stats.filter(row => row.now >= begin && row.now <= end)
    .map(row => ({ now: row.now, value: row[type]?.[name] }))
    .filter(({ value }) => value !== undefined);
  if (values.length < 2)
    return { by: null, seconds: null };
  return { by: values.at(-1).value - values[0].value,
    seconds: (values.at(-1).now - values[0].now) / 1000 };
}

/** Of a page that receives. */
export function ofStats(stats, period) {
  const decoded = growth(stats, "inbound-rtp", "framesDecoded", period);
  const concealed = growth(stats, "inbound-rtp", "concealedSamples", period);
  const samples = growth(stats, "inbound-rtp", "totalSamplesReceived", period);
  const nacks = growth(stats, "inbound-rtp", "nackCount", period);
  const plis = growth(stats, "inbound-rtp", "pliCount", period);
  return {
    decoded: decoded.by === null ? null : decoded.by / decoded.seconds,
    concealed: samples.by ? concealed.by / samples.by : null,
    nacks: nacks.by, plis: plis.by,
  };
}

/** The share of sequence numbers that never came, of packets [now, seqnum]. */
export function lostShare(packets, { begin, end }) {
  const inside = packets.filter(([now]) => now >= begin && now < end);
  if (inside.length === 0)
    return 1;
  let last = inside[0][1];
  // Counted on beyond 65,535.
  const numbers = inside.map(([, seqnum]) => {
    last += ((seqnum - last) % 65536 + 98304) % 65536 - 32768;
    return last;
  });
  const range = Math.max(...numbers) - Math.min(...numbers) + 1;
  return 1 - new Set(numbers).size / range;
}

const sum = (values, find) => values.reduce((total, value) => total + find(value), 0);

/** Of the line's samples. */
export function ofLine(samples, { begin, end }) {
  const inside = samples.filter(({ time }) => time > begin && time <= end);
  const packets = sum(inside, ({ forward }) => forward.packets);
  const kbits = find => sum(inside, find) * 8 / (end - begin);
  return {
    sent: kbits(({ forward }) => forward.bytes),
    delivered: kbits(({ forward }) => forward.delivered),
    feedback: kbits(({ back }) => back.bytes),
    lost: packets ? sum(inside, ({ forward }) => forward.lost) / packets : null,
    dropped: packets ? sum(inside, ({ forward }) => forward.dropped) / packets : null,
    wait: quantile(inside.flatMap(({ forward }) => forward.waits), 0.95),
  };
}

/** Of a line whose rate (kbit/s) changes: in the latter half of the time for which a
 * rate lasts, the share of it that was sent, of the worst of them. */
export function ofSteady(samples, rates, { end }) {
  const shares = rates.filter(({ rate }) => rate > 0).map(({ time, rate }, i) => {
    const until = rates[i + 1]?.time ?? end;
    return ofLine(samples, { begin: (time + until) / 2, end: until }).sent / rate;
  });
  return { least: shares.length ? Math.min(...shares) : null,
    most: shares.length ? Math.max(...shares) : null };
}

/** From `time` on, until the picture moved again: ms, or null. */
export function timeToFrame(frames, time) {
  const first = frames.find(([now]) => now >= time);
  return first ? first[0] - time : null;
}

/** From `begin` on, until a second at so many kbit/s is over: s, or null. */
export function timeToRate(samples, begin, rate) {
  const last = samples.filter(({ time }) => time > begin);
  const end = last.map(({ time }) => time)
    .find(time => time >= begin + 1000 && ofLine(last, { begin: time - 1000, end: time }).sent >= rate);
  return end === undefined ? null : (end - begin) / 1000;
}

/** What the lesser one got of what two got together. */
export function lesserShare(stats, period) {
  const got = stats.map(rows => {
    const [received, sent] = ["inbound-rtp", "outbound-rtp"].map((type, i) =>
      growth(rows, type, ["bytesReceived", "bytesSent"][i], period).by);
    return received ?? sent ?? 0;
  });
  const all = got[0] + got[1];
  return all ? Math.min(...got) / all : null;
}
