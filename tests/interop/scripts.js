/* Usage: run [--firefox] scripts.js [--runs N] [--seed N] [--jobs N] [--page w3c|module]
 *                                   [--role polite|impolite] [--script TEXT] [--verbose]
 *
 * Plays random scripts (script.js) with a page and the element; of each that fails, its
 * seed is told.  Pages and roles take turns, by the seed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { parseArgs } from "node:util";
import { launch } from "./browser.js";
import { play } from "./play.js";
import { makeScript, variantOf } from "./script.js";

const { values: { runs, seed, jobs, script, verbose, ...fixed } } = parseArgs({ options: {
  runs: { type: "string", default: "1" },
  seed: { type: "string", default: "1" },
  jobs: { type: "string", default: "2" },
  script: { type: "string" },
  page: { type: "string" },
  role: { type: "string" },
  verbose: { type: "boolean", default: false },
} });

let next = Number(seed);
const end = next + Number(runs);
const browser = await launch();
let glares = 0;
const failed = [];

async function work() {
  while (next < end) {
    const seed = next++;
    const text = script ?? makeScript(seed, { ...variantOf(seed), ...fixed });
    const start = Date.now();
    try {
      const found = await play(browser, text);
      glares += found;
      if (verbose)
        console.log(`${seed} is well (${Date.now() - start} ms): ${text}`);
    } catch (error) {
      failed.push(seed);
      console.log(`${seed} failed: ${text}\n  ${verbose ? error.stack : error.message}`);
    }
  }
}

await Promise.all(Array.from({ length: Number(jobs) }, work));
await browser.close();
console.log(`${runs} scripts, ${glares} glares, ${failed.length} failed${
  failed.length > 0 ? `: ${failed.sort((a, b) => a - b).join(" ")}` : ""}`);
process.exit(failed.length > 0 ? 1 : 0);
