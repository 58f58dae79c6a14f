/* The module that is served, put together of several: is it the same?  MODULE names it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";

const source = await import("../../ext/soup/page/webrtc-negotiator.js");

it("is one file, and has what its sources have", async () => {
  const text = readFileSync(process.env.MODULE, "utf8");
  const joined = await import(`data:text/javascript,${encodeURIComponent(text)}`);

  assert.ok(!/^import\b|from "\.\//m.test(text));
  assert.deepEqual(Object.keys(joined), Object.keys(source));
  for (const [name, { prototype }] of Object.entries(source))
    assert.deepEqual(Object.getOwnPropertyNames(joined[name].prototype),
      Object.getOwnPropertyNames(prototype));
});
