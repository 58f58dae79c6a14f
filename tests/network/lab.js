/* What media make of bad networks: docs/development.md
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Calls, isThere } from "./calls.js";
import { lesserShare, lostShare, medians, ofFrames, ofLine, ofStats, ofSteady, timeToFrame,
  timeToRate } from "./figures.js";
import { Line, Unavailable } from "./line.js";
import { plot } from "./plot.js";
import { heading, row } from "./table.js";

const USAGE = `Usage: run [OPTION…]

Measures media between an element and a page over a bad line, beside two connections of
a page on the same line.  Without a row, those of the losses are measured, with VP8.

Rows, each with all codecs and directions (lists have commas):
  --loss LIST        percent of packets, both ways (0,1,2,5,10)
  --capacity LIST    kbit/s, both ways
  --steps LIST       kbit/s@s: capacities, from this time on (2000@0,400@10,1500@20)
  --outage LIST      s: nothing passes, from a third of the time on
  --share LIST       kbit/s, for two calls at a time
  --climb LIST       kbit/s: how long 720p takes to reach so much, from the first frame on
  --all              all of the above, as docs/development.md has them

  --codec LIST       vp8, h264, opus (vp8)
  --direction LIST   out: element → page, in: page → element (out,in)
  --seconds N        that are measured (15; at least 30 for steps, and 15 after an outage)
  --settle N         seconds before, on the same line (3)
  --runs N           of which medians are taken (3)
  --delay MS         one way, besides (0)
  --queue MS         what may wait for the line (300)
  --bitrate BIT/S    of the video, at most (1000000; 1.25 times the capacity if that is more)
  --size WxH         (640x360)
  --rate N           frames a second (30)
  --seed N           of the losses (1)
  --element TEXT     further properties of the element
  --no-reference     without two connections of a page
  --output FOLDER    for the table, figures, all that was seen, and plots
  --least-rate N     fails where whole frames/s are below this share of the nominal ones
  --most-gap MS      fails where a frame stays for longer`;

const OPTIONS = {
  loss: { type: "string" }, capacity: { type: "string" }, steps: { type: "string" },
  outage: { type: "string" }, share: { type: "string" },
  climb: { type: "string" }, all: { type: "boolean" },
  codec: { type: "string", default: "vp8" }, direction: { type: "string", default: "out,in" },
  seconds: { type: "string", default: "15" }, settle: { type: "string", default: "3" },
  runs: { type: "string", default: "3" }, delay: { type: "string", default: "0" },
  queue: { type: "string", default: "300" }, bitrate: { type: "string", default: "1000000" },
  size: { type: "string", default: "640x360" }, rate: { type: "string", default: "30" },
  seed: { type: "string", default: "1" }, element: { type: "string", default: "" },
  "no-reference": { type: "boolean" }, output: { type: "string" },
  "least-rate": { type: "string" }, "most-gap": { type: "string" },
  help: { type: "boolean" },
};
const ALL = { loss: "0,1,2,5,10", capacity: "300,600,1500", steps: "2000@0,400@10,1500@20",
  outage: "1,3,12", share: "1500", climb: "2000",
  codec: "vp8,h264,opus" };

/** What a row does to the line: [s, setting], how long it is looked at, and what is its
 * own of the options. */
function makeScenarios({ loss, capacity, steps, outage, share, climb, seconds, bitrate }) {
  const list = text => text ? text.split(",") : [];
  const scenarios = [];
  // Encoders could send more than any of the capacities.
  const above = rates => Math.max(bitrate, 1250 * Math.max(...rates));
  const add = (name, events, more) => scenarios.push({ name, seconds, events, ...more });
  for (const percent of list(loss))
    add(`loss ${percent} %`, [[-Infinity, `loss both ${percent}`]]);
  for (const rate of list(capacity))
    add(`${rate} kbit/s`, [[-Infinity, `rate both ${rate}`]], { rates: [[0, rate]],
      options: { bitrate: above([rate]) } });
  if (steps) {
    const rates = list(steps).map(step => {
      const [rate, at = "0"] = step.split("@");
      return [Number(at), rate];
    });
    add(`${rates.map(([, rate]) => rate).join(" → ")} kbit/s`,
      rates.map(([at, rate]) => [at || -Infinity, `rate both ${rate}`]),
      { rates, seconds: Math.max(seconds, 30),
        options: { bitrate: above(rates.map(([, rate]) => rate)) } });
  }
  for (const length of list(outage)) {
    const at = Math.round(seconds / 3), until = at + Number(length);
    add(`outage of ${length} s`, [[at, "cut both 1"], [until, "cut both 0"]],
      { until, seconds: Math.max(seconds, until + 15) });
  }
  for (const rate of list(share))
    add(`two share ${rate} kbit/s`, [[-Infinity, `rate both ${rate}`]],
      { isShared: true, rates: [[0, rate]], options: { bitrate: above([rate]) } });
  for (const rate of list(climb))
    add(`climb to ${rate} kbit/s`, [], { climb: Number(rate), seconds: Math.max(seconds, 30),
      options: { settle: 0, bitrate: rate * 1000, width: 1280, height: 720 } });
  return scenarios;
}

/** The share of the processors that was busy, since the last call. */
let before = [0, 0];
function measureBusy() {
  const times = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/ +/).slice(1, 9).map(Number);
  const now = [times.reduce((a, b) => a + b), times[3] + times[4]];
  const [all, idle] = now.map((value, i) => value - before[i]);
  before = now;
  return 1 - idle / all;
}

/** One call over the line, as `scenario` has it; resolves to its figures, and what was
 * seen. */
async function measure(lab, kind, scenario, options) {
  const { line, calls } = lab;
  const { settle, delay, queue, seed } = options;
  let begin, end, busy;
  line.clear();
  line.set(`queue both ${queue}`);
  line.set(`delay both ${delay}`);
  line.set(`seed both ${seed}`);
  const impair = async () => {
    for (const [at, text] of scenario.events)
      if (at < 0)
        line.set(text);
    await sleep(settle * 1000);
    measureBusy();
    begin = Date.now();
    end = begin + scenario.seconds * 1000;
    for (const [at, text] of scenario.events) {
      if (at < 0)
        continue;
      await sleep(begin + at * 1000 - Date.now());
      line.set(text);
    }
    await sleep(end - Date.now());
    busy = measureBusy();
  };
  const [seen, other] = scenario.isShared ? await calls.twice(kind, options, impair)
    : [await calls[kind](options, impair)];
  line.clear();

  const period = { begin, end, rate: options.rate };
  const samples = line.samples.filter(({ time }) => time > begin - settle * 1000 && time <= end);
  line.samples.length = 0;
  const figures = { ...ofFrames(seen.frames, period), ...ofStats(seen.stats, period),
    ...ofLine(samples, period), busy, load: loadavg()[0] };
  if (kind === "in") {
    figures.decoded = ofFrames(seen.decoded, period).shown;
    const { p50, p95 } = ofFrames(seen.decoded, period);
    Object.assign(figures, { decoded50: p50, decoded95: p95 });
    figures.concealed = lostShare(seen.packets, period);
  }
  figures.whole = figures.decoded * (1 - (figures.broken ?? 0));
  if (scenario.rates)
    Object.assign(figures, ofSteady(samples,
      scenario.rates.map(([at, rate]) => ({ time: begin + at * 1000, rate: Number(rate) })), period));
  if (other)
    figures.share = lesserShare([seen, other].map(({ stats }) => stats), period);
  if (scenario.climb)
    figures.climb = timeToRate(samples, begin, scenario.climb * 0.9);
  if (scenario.until)
    figures.back = timeToFrame(seen.frames, begin + scenario.until * 1000);
  return { figures, seen: { begin, end, samples, ...seen } };
}

async function measureRow(lab, direction, scenario, options, failures) {
  const runs = { element: [], pages: [] };
  for (let i = 0; i < options.runs; i++) {
    const settings = { ...options, ...scenario.options, seed: options.seed + i * 2 };
    // What fails is told, and counts; the rest is measured all the same.
    try {
      if (!options["no-reference"])
        runs.pages.push(await lab.reference(scenario, settings, i));
      runs.element.push(await measure(lab, direction, scenario, settings));
    } catch (error) {
      failures.push(`${scenario.name}, ${options.codec}, ${direction}: ${error.message}`);
    }
  }
  const [element, pages] = [runs.element, runs.pages].map(list =>
    list.length ? medians(list.map(({ figures }) => figures)) : null);
  return { name: scenario.name, direction, codec: options.codec, scenario, element, pages, runs };
}

/** Both directions of a row stand beside the same calls of pages. */
function makeReference(lab) {
  let key, kept = [];
  return async (scenario, settings, run) => {
    const wanted = `${settings.codec} ${scenario.name}`;
    if (key !== wanted)
      [key, kept] = [wanted, []];
    kept[run] ??= await measure(lab, "pair", scenario, settings);
    return kept[run];
  };
}

function parse() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  if (values.all)
    Object.assign(values, ALL);
  if (!["loss", "capacity", "steps", "outage", "share", "climb"].some(name => values[name]))
    values.loss = ALL.loss;
  for (const name of ["seconds", "settle", "runs", "delay", "queue", "bitrate", "rate", "seed",
    "least-rate", "most-gap"]) {
    if (values[name] === undefined)
      continue;
    values[name] = Number(values[name]);
    if (!(values[name] >= 0))
      throw new TypeError(`--${name} wants a number`);
  }
  // Not from where the programs are.
  if (values.output)
    values.output = resolve(process.env.FROM ?? ".", values.output);
  [values.width, values.height] = values.size.split("x").map(Number);
  return values;
}

function describe({ seconds, settle, runs, delay, queue, bitrate, size, rate, seed, element }) {
  const version = execFileSync("gst-inspect-1.0", ["--gst-version"], { encoding: "utf8" }).trim()
    .split("\n").pop();
  return `${size} at ${rate} frames/s and at most ${bitrate / 1000} kbit/s; medians of ${runs} `
    + `run(s) of ${seconds} s or more, ${settle} s after the line became so; ${delay} ms one way, `
    + `a queue of ${queue} ms, losses from seed ${seed}.  ${version}${element && `; ${element}`}.`;
}

/** What does not hold of a row. */
function* complaints({ element, name, direction, codec }, options) {
  const where = `${name}, ${codec}, ${direction}`;
  if (element.whole < options["least-rate"] * options.rate)
    yield `${where}: ${element.whole.toFixed(1)} whole frames/s are too few`;
  if (element.worst > options["most-gap"])
    yield `${where}: a frame stayed for ${element.worst} ms`;
}

async function main() {
  const options = parse();
  const line = await Line.start();
  const lab = { line, calls: await Calls.start(options) };
  lab.reference = makeReference(lab);
  const rows = [], failures = [];
  const lines = [describe(options), ""];
  const say = text => {
    lines.push(text);
    console.log(text);
  };
  console.log(lines.join("\n"));
  try {
    for (const codec of options.codec.split(",")) {
      if (codec === "h264" && !(isThere("openh264enc") && isThere("openh264dec"))) {
        say("H.264 is left out: openh264enc and openh264dec are not there.");
        continue;
      }
      heading(codec, options).forEach(say);
      for (const scenario of makeScenarios(options))
        for (const direction of options.direction.split(",")) {
          const measured = await measureRow(lab, direction, scenario,
            { ...options, codec }, failures);
          if (!measured.element)
            continue;
          rows.push(measured);
          say(row(measured, options));
          failures.push(...complaints(measured, options));
        }
      say("");
    }
  } finally {
    await lab.calls.stop();
    line.stop();
  }
  if (options.output)
    write(options.output, lines, rows);
  for (const failure of failures)
    console.log(`FAILED  ${failure}`);
  process.exitCode = failures.length ? 1 : 0;
}

function write(folder, lines, rows) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "table.md"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "seen.json"), JSON.stringify(rows));
  for (const { name, codec, direction, scenario, runs } of rows) {
    const file = `${name}-${codec}-${direction}.svg`.replaceAll(/[^a-z0-9.]+/gi, "-");
    writeFileSync(join(folder, file), plot(`${name}, ${codec}, ${direction}`, scenario,
      { element: runs.element[0].seen, pages: runs.pages[0]?.seen }));
  }
  console.log(`${folder} has the table, what was seen, and plots`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Unavailable))
    throw error;
  console.log(`skipped: ${error.message}`);
  process.exitCode = 77;
}
