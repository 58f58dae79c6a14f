/* ICE restarts of a page with nothing but the W3C's sample code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertNoErrors, closeTab, launch, openTab, selectRoles, until } from "./browser.js";
import { Application } from "./pipeline.js";
import { Relay } from "./relay.js";

let browser, relay, tab, application;

before(async () => { browser = await launch(); });
after(() => browser?.close());
beforeEach(async () => {
  relay = await Relay.start();
  tab = application = null;
});
afterEach(async () => {
  if (tab)
    await closeTab(tab);
  try {
    await application?.stop();
  } finally {
    await relay.stop();
  }
});

const ufrags = sdp => Array.from(sdp.matchAll(/^a=ice-ufrag:(\S+)/gm), match => match[1]);
const candidates = ufrag => relay.messages.filter(({ from, data }) => from === "element"
  && data.candidate?.usernameFragment === ufrag);

async function call(role) {
  application = new Application(
    `protocol=w3c role=${role} signaller-uri=${relay.dumb}`);
  await application.untilEvent("joined");
  tab = await openTab(browser, `${relay.url}w3c.html?polite=${role === "polite" ? 0 : 1}`
    + `&send=0&uri=${encodeURIComponent(relay.dumb)}`);
  await until(tab, () => window.pc);
  application.add();
  await untilShown(1);
  await tab.evaluate(() => {
    sendPicture();
    window.channel = pc.createDataChannel("chat");
    window.heard = [];
    channel.onmessage = ({ data }) => heard.push(data);
  });
  await application.untilReceives(1);
  await until(tab, () => channel.readyState === "open");
}

/** Frames come to the page, from now on, in so many streams. */
async function untilShown(count) {
  await tab.evaluate(() => { window.decodedBefore = null; });
  await until(tab, async count => {
    const reports = Array.from((await pc.getStats()).values()).filter(({ type }) =>
      type === "inbound-rtp");
    const decoded = new Map(reports.map(({ ssrc, framesDecoded }) => [ssrc, framesDecoded]));
    window.decodedBefore ??= decoded;
    return reports.filter(({ ssrc, framesDecoded }) =>
      framesDecoded > (window.decodedBefore.get(ssrc) ?? 0)).length === count;
  }, count, `${count} streams at the page`);
}

/** Waits until the page's own checks have come to a pair of the new generation. */
async function untilChecked(ufrag) {
  await until(tab, () => pc.signalingState === "stable" && pc.connectionState === "connected"
    && /connected|completed/.test(pc.iceConnectionState));
  const { remote, local } = await tab.evaluate(() => ({
    remote: pc.currentRemoteDescription.sdp, local: pc.currentLocalDescription.sdp }));
  assert.ok(!ufrags(local).includes(ufrag), "the page has new credentials");
  return { local: ufrags(local)[0], remote: ufrags(remote)[0] };
}

describe("an ICE restart of the page", () => {
  for (const role of selectRoles(["polite", "impolite"])) {
    const name = `again and again, the element ${role}`;
    it(name, async () => {
      relay.record(name);
      await call(role);
      let former = await tab.evaluate(() => ({
        local: /^a=ice-ufrag:(\S+)/m.exec(pc.currentLocalDescription.sdp)[1],
        remote: /^a=ice-ufrag:(\S+)/m.exec(pc.currentRemoteDescription.sdp)[1] }));
      for (let i = 1; i <= 5; i++) {
        await tab.evaluate(() => { pc.restartIce(); });
        await until(tab, former => pc.signalingState === "stable"
          && !pc.currentLocalDescription.sdp.includes(former), former.local);
        const now = await untilChecked(former.local);
        assert.notEqual(now.remote, former.remote, "the element has new credentials");
        assert.ok(candidates(now.remote).length > 0, "…and candidates with them");
        await untilShown(1);
        await application.untilReceives(1);
        await tab.evaluate(i => channel.send(`hello ${i}`), i);
        await until(tab, i => heard.includes(`echo hello ${i}`), i);
        former = now;
      }
      // What comes after is negotiated with the same credentials.
      application.add();
      await untilShown(2);
      await tab.evaluate(() => { sendPicture(); });
      await application.untilReceives(2);
      const { restarts, "messages-rejected": rejected } = await application.stats;
      assert.deepEqual({ restarts, rejected }, { restarts: 0, rejected: 0 });
      assertNoErrors(tab);
    });
  }
});
