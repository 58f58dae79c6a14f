/* A few random scripts: see scripts.js for more of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { after, before, describe, it } from "node:test";
import { launch } from "./browser.js";
import { play } from "./play.js";
import { makeScript, variantOf } from "./script.js";

let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

describe("random scripts", { concurrency: 2 }, () => {
  for (const seed of [4, 5, 6, 7]) {
    const text = makeScript(seed, variantOf(seed));
    it(`seed ${seed}: ${text}`, () => play(browser, text));
  }
});
