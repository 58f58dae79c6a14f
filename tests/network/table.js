/* The table: docs/development.md says what the columns are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

const number = (value, digits = 0) => value === null || value === undefined ? "–"
  : value.toFixed(digits);
const percent = value => value === null || value === undefined ? "–" : number(value * 100, 1);

const isNarrow = ({ capacity, steps, share }) => capacity || steps || share;

/** Name, how a row's figures are written, and for which options it is there. */
const COMMON = [
  ["sent, kbit/s", figures => number(figures.sent)],
  ["climb, s", figures => number(figures.climb, 1), ({ climb }) => climb],
  ["of capacity, %", ({ least, most }) => least === undefined || least === null ? "–"
    : `${number(least * 100)}–${number(most * 100)}`, isNarrow],
  ["queue p95, ms", figures => number(figures.wait), isNarrow],
  ["lesser share, %", figures => percent(figures.share), ({ share }) => share],
  ["lost, dropped, %", figures => `${percent(figures.lost)}, ${percent(figures.dropped)}`],
  ["busy, %", figures => number(figures.busy * 100)],
];
const VIDEO = [
  ["frames/s", figures => number(figures.decoded, 1)],
  ["worst gap, ms", figures => number(figures.worst)],
  ["frozen, s", figures => number(figures.frozen, 1)],
  ["latency p50, p95, ms", figures => `${number(figures.p50)}, ${number(figures.p95)}`],
  ["decoded p50, p95, ms", ({ decoded50, decoded95 }) => decoded50 === undefined ? "–"
    : `${number(decoded50)}, ${number(decoded95)}`, ({ direction }) => direction.includes("in")],
  ["broken, %", figures => percent(figures.broken)],
  ["back, ms", figures => number(figures.back), ({ outage }) => outage],
  ...COMMON,
];
const AUDIO = [["concealed, %", figures => percent(figures.concealed)], ...COMMON];

const columns = (codec, options) => (codec === "opus" ? AUDIO : VIDEO)
  .filter(([, , isThere = () => true]) => isThere(options));
const line = cells => `| ${cells.join(" | ")} |`;
const WORDS = { out: "element → page", in: "page → element" };

export function heading(codec, options) {
  const names = [`${codec}, element / pages`, ...columns(codec, options).map(([name]) => name),
    ...codec === "opus" ? [] : ["ratio"], "load"];
  return [line(names), line(names.map(() => "---"))];
}

export function row({ name, codec, direction, element, pages }, options) {
  const cells = columns(codec, options).map(([, text]) =>
    pages ? `${text(element)} / ${text(pages)}` : text(element))
    .map(cell => cell.replace("– / –", "–"));
  if (codec !== "opus")
    cells.push(pages ? number(element.whole / pages.whole, 2) : "–");
  return line([`${name}, ${WORDS[direction]}`, ...cells, number(element.load, 1)]);
}
