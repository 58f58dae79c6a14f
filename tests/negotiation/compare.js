/* The core in JavaScript against the one in C: compare.js RECORD [OPTION…]
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RECORD, which has the options (--help tells them), prints what the one in C does; the
 * other one does the same, or is told of with the timeline up to there, which may go into
 * a file of this folder as it is.
 */

import { spawn } from "node:child_process";
import { Timeline } from "./timeline.js";

const MAX_FAILURES = 3;
const CASE = "== ";

const [program, ...options] = process.argv.slice(2);
const record = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
const ended = new Promise(resolve => record.on("close", resolve));
const start = performance.now();

const n = { runs: 0, lines: 0, failures: 0 };
let timeline = null;
let played = [];                   // lines

function play(line) {
  if (line.startsWith(CASE)) {
    timeline = new Timeline();
    played = [];
    n.runs++;
  }
  played.push(line);
  if (!timeline || !line || line.startsWith(CASE))
    return;
  n.lines++;
  try {
    timeline.play(line);
  } catch (error) {
    n.failures++;
    timeline = null;
    process.stdout.write(`${played.join("\n")}\n  ${error.message}\n\n`);
  }
}

let rest = "";
record.stdout.setEncoding("utf8");
for await (const chunk of record.stdout) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines)
    play(line);
  if (n.failures >= MAX_FAILURES)
    break;
}

record.stdout.destroy();
const code = await ended;
const s = ((performance.now() - start) / 1000).toFixed(1);
process.stdout.write(`${n.runs} timelines of ${n.lines} lines, in ${s} s: ${n.failures
  ? `${n.failures} or more are not the same` : "the same in C and in JavaScript"}\n`);
if (!n.failures && code !== 0)
  process.stdout.write(`${program} ended with ${code}\n`);
process.exitCode = n.failures || code !== 0 || n.runs === 0 ? 1 : 0;
