/* The timelines of this folder, each a test of the core in JavaScript; and what it has
 * besides.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { describe as describeSdp } from "../../ext/soup/page/message.js";
import { isPolite } from "../../ext/soup/page/role.js";
import { parseCases, playCase } from "./timeline.js";

const FOLDER = new URL("./", import.meta.url);
const GIVEN = "given.txt";         // is used by the others
const givens = new Map();
const names = readdirSync(FOLDER).filter(name => name.endsWith(".txt") && name !== GIVEN);

for (const name of [GIVEN, ...names.sort()]) {
  const cases = parseCases(readFileSync(new URL(name, FOLDER), "utf8"), givens);
  if (cases.length > 0)
    describe(name, () => {
      for (const one of cases)
        it(one.name, () => playCase(one));
    });
}

describe("roles", () => {
  it("compare bytewise", () => {
    for (const [a, b, isGreater] of [["b", "a", true], ["a", "b", false],
      ["a", "B", true], ["aa", "a", true], ["10", "9", false]]) {
      assert.equal(isPolite("auto", a, b), isGreater);
      assert.equal(isPolite("auto-lesser", a, b), !isGreater);
      assert.equal(isPolite("auto", b, a), !isGreater);
      assert.ok(isPolite("polite", a, b));
      assert.ok(!isPolite("impolite", a, b));
    }
  });
});

// gst/sdp reads the same: tests/check/sdpguard.c.
describe("the username fragments in force", () => {
  const session = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
  const live = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  const rejected = "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n";
  const ufrag = name => `a=ice-ufrag:${name}\r\n`;

  for (const [sdp, expected] of [
    [live + ufrag("a"), ["a"]],
    [rejected + ufrag("a"), []],
    [rejected + ufrag("a") + live + ufrag("b"), ["b"]],
    [rejected + ufrag("a") + live + ufrag("a"), ["a"]],
    [`${rejected + ufrag("a")}a=bundle-only\r\n`, ["a"]],
    [ufrag("s") + live, ["s"]],
    [ufrag("s") + rejected, []],
    [live, []],
  ])
    it(JSON.stringify(sdp), () =>
      assert.deepEqual(describeSdp({ type: "offer", sdp: session + sdp }).ufrags, expected));
});
