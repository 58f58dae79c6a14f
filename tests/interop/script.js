/* What a page and the element are made to do: steps, one after the other.  As text,
 * each is a word; E is the element, P the page:
 *
 *   page=w3c       the W3C's sample code; page=module: our module
 *   role=polite    the element's; the page has the other one
 *   delay=A,B      of the line, in ms: to the page, to the element
 *   dup=A,B        each message comes so many times: to the page, to the element
 *   E+1, P+1       a stream, called 1
 *   E-1, P-1       it is removed
 *   E=1s           the direction of the element's pad: s, r, b (both), i (none)
 *   P=1s, P=e1s    that of the page's transceiver which sends the page's stream 1, or
 *                  in which the element's stream 1 comes
 *   P!1, P!e1      that transceiver is stopped
 *   E:ask, P:ask   negotiate (the page: the module's)
 *   E:restart, P:restart
 *   P:ice          restartIce ()
 *   P:reload       the page is loaded anew
 *   hold, release  nothing is carried; the release waits for both sides' offers
 *   300            wait so many ms
 *   ~              wait until each receives what it has to
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { isFirefox } from "./browser.js";

const WORD = new RegExp([
  /(?<option>page|role|delay|dup)=(?<value>\w+(,\d+)?)/,
  /(?<side>[EP])(?<act>[-+!])(?<stream>e?\d+)/,
  /(?<directing>[EP])=(?<directed>e?\d+)(?<direction>[srbi])/,
  /(?<who>[EP]):(?<verb>ask|restart|ice|reload)/,
  /(?<line>hold|release|~)/,
  /(?<ms>\d+)/,
].map(({ source }) => `^${source}$`).join("|"));

export function parse(text) {
  return text.trim().split(/\s+/).map(word => {
    const found = WORD.exec(word);
    assert.ok(found, `"${word}" is no word of scripts: see script.js`);
    return { word, ...found.groups };
  });
}

/* xorshift: the same seed, the same numbers. */
export function makeRandom(seed) {
  let x = seed * 2654435769 >>> 0 || 1;
  const random = n => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
  // The first ones of small seeds are much alike.
  for (let i = 0; i < 8; i++)
    random(1);
  return random;
}

/** A script as text.  It has nothing in it of which there is no saying what has to come
 * of it: what is stopped or directed is settled before. */
export function makeScript(seed, { page, role, isFirefox }) {
  const random = makeRandom(seed);
  const pick = values => values[random(values.length)];
  const chance = percent => random(100) < percent;
  const words = [`page=${page}`, `role=${role}`];
  if (chance(40))
    words.push(`delay=${pick([5, 20, 100, 300])},${pick([5, 20, 100, 300])}`);
  // The sample code takes no answer twice.
  if (chance(20))
    words.push(`dup=${page === "module" ? 1 + random(2) : 1},2`);
  const streams = { E: [], P: [] };
  let number = 0;
  let hasDirected = false;         // which is gone with the page's connection

  const add = side => {
    streams[side].push({ name: ++number, isBoth: true });
    words.push(`${side}+${number}`);
  };
  const take = side => {
    const { name } = streams[side].splice(random(streams[side].length), 1)[0];
    return name;
  };
  const change = side => {
    const able = streams[side].length > 0 && streams[side].every(({ isBoth }) => isBoth);
    if (streams[side].length === 0 || streams[side].length < 5 && chance(60))
      add(side);
    else if (able)
      words.push(`${side}-${take(side)}`);
    else
      words.push(side === "E" ? "E:ask" : "P:ice");
  };

  // One after the other: the sample code and Chromium do not survive a rollback of
  // their first offer.
  const first = pick(["E", "P"]);
  add(first);
  if (chance(30))
    add(first);
  words.push("~");
  for (let round = 2 + random(4); round > 0; round--) {
    const kind = random(100);
    if (kind < 35) {
      // Haste.
      for (let i = 1 + random(4); i > 0; i--) {
        change(pick(["E", "P"]));
        if (chance(30))
          words.push(String(pick([1, 10, 50, 200])));
      }
    } else if (kind < 55) {
      words.push("hold");
      if (chance(80))
        add("E");
      else
        words.push("E:ask");
      if (chance(70))
        add("P");
      else
        words.push(page === "module" ? "P:ask" : "P:ice");
      if (chance(30))
        change(pick(["E", "P"]));
      words.push("release");
    } else if (kind < 78 && isFirefox && !process.env.EVERY_CASE) {
      // What it sends in a section whose transport ends before it has moved to the next
      // one is dropped from then on, within the browser, where that is a race of two of
      // its processes: docs/page.md, "Firefox at times stops sending".
      words.push("P:ice");
    } else if (kind < 70 && streams.P.length > 0) {
      words.push(`P!${take("P")}`);
      hasDirected = true;
      if (chance(50))
        add("P");
      if (chance(30))
        add("E");
    } else if (kind < 78 && streams.E.length > 0) {
      words.push(`P!e${streams.E[random(streams.E.length)].name}`);
      hasDirected = true;
      // At once, addTrack () would take the transceiver that is stopping, in which it
      // fails in Chromium, and sends nothing in Firefox.
      if (chance(30)) {
        words.push("~");
        add("P");
      }
    } else if (kind < 84 && streams.E.length > 0) {
      const { name } = pick(streams.E);
      words.push(`E=${name}${pick("sri")}`, "~", `E=${name}b`);
    } else if (kind < 90 && streams.P.length > 0) {
      const { name } = pick(streams.P);
      words.push(`P=${name}${pick("sri")}`, "~", `P=${name}b`);
    } else if (kind < 94) {
      words.push("P:ice");
    } else if (kind < 97 && page === "w3c" && isFirefox) {
      // Its connections do not survive the replacement of the remote one.
      words.push("P:ice");
    } else if (kind < 97 && !(hasDirected && page === "module")) {
      words.push(page === "module" && chance(50) ? "P:restart" : "E:restart");
    } else {
      words.push("P:reload");
      streams.P.splice(0);
      hasDirected = false;
      // Nothing else tells of a page without a protocol of rooms.
      add("P");
    }
    words.push("~");
  }
  return words.join(" ");
}

/** Which page and which role of the element's a seed is about, in this browser. */
export function variantOf(seed) {
  return { isFirefox, page: seed % 2 === 0 ? "w3c" : "module",
    role: seed % 4 < 2 ? "polite" : "impolite" };
}
