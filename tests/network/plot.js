/* Plots of what was seen: bitrate against capacity, latency, and gaps over time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

const WIDTH = 900, HEIGHT = 220, LEFT = 60, TOP = 30, GAP = 50;
const COLOURS = { element: "#c2410c", pages: "#1d4ed8", capacity: "#737373" };

const escape = text => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A round number that is not below. */
function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return unit * [1, 2, 5, 10].find(factor => factor * unit >= value);
}

/** Axes and lines: series of {name, colour, points: [[s, value]]}. */
function chart(title, unit, series, [from, to], top, draw) {
  const most = roundUp(Math.max(1, ...series.flatMap(({ points }) => points.map(([, y]) => y))));
  const x = s => LEFT + (s - from) / (to - from) * (WIDTH - LEFT - 20);
  const y = value => top + HEIGHT - Math.min(value, most) / most * HEIGHT;
  const parts = [`<text x="${LEFT}" y="${top - 8}">${escape(`${title}, ${unit}`)}</text>`];
  for (let i = 0; i <= 4; i++) {
    const value = most * i / 4;
    parts.push(`<path d="M${LEFT} ${y(value)}H${WIDTH - 20}" stroke="#e5e5e5"/>`,
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`);
  }
  for (let s = Math.ceil(from / 5) * 5; s <= to; s += 5)
    parts.push(`<text x="${x(s)}" y="${top + HEIGHT + 16}" text-anchor="middle">${s} s</text>`);
  series.forEach(({ name, colour, points }, i) => {
    parts.push(draw(points.map(([s, value]) => [x(s), y(value)]), colour),
      `<text x="${WIDTH - 20}" y="${top - 8 - 12 * (series.length - 1 - i)}" fill="${colour}" `
        + `text-anchor="end">${escape(name)}</text>`);
  });
  return parts.join("\n");
}

const polyline = (points, colour) => `<polyline fill="none" stroke="${colour}" points="${
  points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")}"/>`;
const dots = (points, colour) => points.map(([x, y]) =>
  `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="1.5" fill="${colour}" fill-opacity="0.6"/>`)
  .join("");

/** Half a second at a time. */
function bitrate({ samples, begin }) {
  const bins = new Map();
  for (const { time, forward } of samples) {
    const bin = Math.floor((time - begin) / 500);
    bins.set(bin, (bins.get(bin) ?? 0) + forward.bytes * 8 / 500);
  }
  return Array.from(bins, ([bin, kbits]) => [bin / 2, kbits]).sort((a, b) => a[0] - b[0]);
}

/** An SVG of `sides`, by name, as lab.js saw them. */
export function plot(title, scenario, sides) {
  const all = Object.entries(sides).filter(([, seen]) => seen);
  const [, first] = all[0];
  const range = [Math.min(0, ...first.samples.slice(0, 1).map(({ time }) =>
    (time - first.begin) / 1000)), (first.end - first.begin) / 1000];
  const series = make => all.map(([name, seen]) =>
    ({ name, colour: COLOURS[name], points: make(seen) }));
  const rates = series(bitrate);
  if (scenario.rates) {
    const points = scenario.rates.flatMap(([at, rate], i) => [
      [i === 0 ? range[0] : at, Number(rate)],
      [scenario.rates[i + 1]?.[0] ?? range[1], Number(rate)]]);
    rates.push({ name: "capacity", colour: COLOURS.capacity, points });
  }
  const inRange = points => points.filter(([s]) => s >= range[0] && s <= range[1]);
  const latency = series(({ frames, begin }) => inRange(frames
    .filter(([, clock]) => clock !== null)
    .map(([now, clock]) => [(now - begin) / 1000, now - clock])));
  const gaps = series(({ frames, begin }) => inRange(frames.slice(1)
    .map(([now], i) => [(now - begin) / 1000, now - frames[i][0]])));
  const charts = [
    ["on the line", "kbit/s", rates.map(({ points, ...rest }) =>
      ({ ...rest, points: inRange(points) })), polyline],
    ["from clock to clock", "ms", latency, dots],
    ["from frame to frame", "ms", gaps, dots],
  ].map(([name, unit, lines, draw], i) =>
    chart(name, unit, lines, range, TOP + 40 + i * (HEIGHT + GAP + 20), draw));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${
    TOP + 3 * (HEIGHT + GAP + 20) + 20}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="14">${escape(title)}</text>
${charts.join("\n")}
</svg>
`;
}
