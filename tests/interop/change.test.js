/* Changes during the call, made by either side, between an application with the
 * element and Chromium.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertNoErrors, closeTab, isFirefox, launch, openTab, selectRoles, until, untilMoving }
  from "./browser.js";
import { Application } from "./pipeline.js";
import { Relay } from "./relay.js";

const VIDEO = "video[data-peer]";
const ROLES = [["polite", "impolite"], ["impolite", "polite"]];

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

/** The element sends one stream, and the page shows it. */
async function call(role = "auto", other = "auto") {
  application = new Application(
    `peer-id=element role=${role} signaller-uri=${relay.ws}`);
  application.add();
  await application.untilEvent("joined");
  tab = await openTab(browser, `${relay.url}module.html?id=page&role=${other}`);
  await until(tab, () => window.isReady);
  await tab.evaluate(() => { window.join(); });
  await untilMoving(tab, VIDEO);
}

/** …and the page sends one, too. */
async function callBothWays(...roles) {
  await call(...roles);
  await tab.evaluate(() => { sendPicture(); });
  await untilReceived(0);
}

async function untilReceived(number) {
  await application.until(() => application.received > number, `stream ${number}`);
  application.look(number);
  await application.untilMoving();
}

/** Of the streams that the page gets, so many; all of them decode. */
async function untilPageReceives(count) {
  await until(tab, async count => {
    const { pc } = room.peers.get("element");
    const live = pc.getTransceivers().filter(({ currentDirection }) =>
      /recv/.test(currentDirection)).map(({ mid }) => mid);
    const decoding = Array.from((await pc.getStats()).values()).filter(report =>
      report.type === "inbound-rtp" && report.framesDecoded > 0
      && live.includes(report.mid));
    return pc.signalingState === "stable" && live.length === count
      && decoding.length === count;
  }, count, `${count} streams at the page`);
}

const pageStats = () => tab.evaluate(() => room.peers.get("element").stats);

async function assertUneventful() {
  const { restarts, messagesRejected } = await pageStats();
  assert.deepEqual({ restarts, messagesRejected }, { restarts: 0, messagesRejected: 0 });
  const stats = await application.stats;
  assert.equal(stats["messages-rejected"], 0);
  assert.equal(stats.restarts, 0);
  assertNoErrors(tab);
}

describe("streams", () => {
  it("are added by the element", async () => {
    await call();
    application.add();
    await untilPageReceives(2);
    application.add();
    await untilPageReceives(3);
    await assertUneventful();
  });

  it("are removed by the element, and added again", async () => {
    await callBothWays();
    application.add();
    await untilPageReceives(2);
    application.remove();
    await untilPageReceives(1);
    application.add();
    await untilPageReceives(2);
    await untilReceived(0);
    await assertUneventful();
  });

  it("are added by the page", async () => {
    await callBothWays();
    await tab.evaluate(() => { sendPicture(); });
    await untilReceived(1);
    await untilPageReceives(1);
    await assertUneventful();
  });

  // In Firefox the new transport sometimes does not come up: docs/page.md.
  it("are stopped by the page with stop (), and added again", {
    skip: isFirefox && !process.env.EVERY_CASE && "it fails at times in Firefox",
  }, async () => {
    await callBothWays();
    application.add();
    await untilPageReceives(2);
    await tab.evaluate(() => {
      const { pc } = room.peers.get("element");
      pc.getTransceivers().find(({ sender }) => sender.track).stop();
    });
    await until(tab, () => room.peers.get("element").pc.getTransceivers()
      .every(({ sender }) => !sender.track));
    // That section's transport was the one of all: Chromium begins a new one, and the
    // element a fresh connection, in which what is linked to its pads goes on.
    await tab.evaluate(() => { sendPicture(); });
    await untilReceived(0);
    // What came in that section ended with it, and is not offered again.
    await untilPageReceives(1);
    assertNoErrors(tab);
    const { messagesRejected, restarts } = await pageStats();
    assert.deepEqual({ messagesRejected, restarts }, { messagesRejected: 0, restarts: 0 });
    assert.equal((await application.stats)["messages-rejected"], 0);
  });
});

describe("glare during the call", () => {
  for (const [role, other] of selectRoles(ROLES))
    it(`streams of both, the element ${role}`, async () => {
      await callBothWays(role, other);
      const glare = relay.holdUntilGlare();
      application.add();
      await tab.evaluate(() => { sendPicture(); });
      await glare;
      await untilPageReceives(2);
      await untilReceived(1);
      const { events } = application;
      assert.ok(events.includes("collision"));
      assert.equal(events.includes("rolled-back"), role === "polite");
      await assertUneventful();
    });

  for (const [role, other] of selectRoles(ROLES))
    it(`ten times with nothing to change, the element ${role}`, async () => {
      await callBothWays(role, other);
      for (let i = 1; i <= 10; i++) {
        // Both are stable before the line is held again, or an answer is held with it.
        const stable = application.events.filter(name => name === "stable").length;
        const glare = relay.holdUntilGlare();
        application.emit("negotiate");
        await tab.evaluate(() => { room.peers.get("element").negotiate(); });
        await glare;
        await application.untilEvent("collision", i);
        await application.untilEvent("stable", stable + 1);
        await until(tab, i => steps.filter(name => name === "collision").length >= i
          && steps.at(-1) === "stable", i);
        await application.until(() => application.events.at(-1) === "stable", "stable");
      }
      await untilMoving(tab, VIDEO);
      await untilReceived(0);
      await assertUneventful();
    });
});

describe("rejection", () => {
  it("by the element, of a stream of the page's", async () => {
    await call();
    application.say({ do: "set", name: "auto-answer", value: "false" });
    // It is set when that comes, which is said after it.
    await application.stats;
    await tab.evaluate(() => { sendPicture(); });
    await application.untilEvent("offer-received");
    application.emit("reject-offer");
    await until(tab, () => steps.includes("offer-rejected") && steps.includes("rolled-back"));
    await untilMoving(tab, VIDEO);
    await tab.evaluate(() => { room.peers.get("element").negotiate(); });
    await application.untilEvent("offer-received", 2);
    application.emit("accept-offer");
    await untilReceived(0);
    await assertUneventful();
  });

  it("by the page, of a stream of the element's", async () => {
    await callBothWays();
    await tab.evaluate(() => { room.peers.get("element").onoffer = async () => false; });
    application.add();
    await application.untilEvent("offer-rejected");
    await untilMoving(tab, VIDEO);
    await tab.evaluate(() => { room.peers.get("element").onoffer = null; });
    application.emit("negotiate");
    await untilPageReceives(2);
    await untilReceived(0);
    await assertUneventful();
  });
});

describe("data channels", () => {
  it("of the page", async () => {
    await callBothWays();
    await tab.evaluate(() => {
      window.heard = [];
      window.channel = room.peers.get("element").createDataChannel("chat");
      channel.onopen = () => channel.send("hello");
      channel.onmessage = ({ data }) => heard.push(data);
    });
    await until(tab, () => heard.includes("echo hello"));
    await untilMoving(tab, VIDEO);
    await assertUneventful();
  });

  it("of the element", async () => {
    await callBothWays();
    application.say({ do: "channel", label: "chat" });
    await application.untilLine("open");
    application.say({ do: "send", text: "hello" });
    await application.untilLine("message echo hello");
    await untilMoving(tab, VIDEO);
    await assertUneventful();
  });

  it("outlive a restart, on both sides", async () => {
    await callBothWays();
    application.say({ do: "channel", label: "theirs" });
    await application.untilLine("open");
    await tab.evaluate(() => {
      window.heard = [];
      window.opened = 0;
      window.channel = room.peers.get("element").createDataChannel("ours");
      channel.onopen = () => channel.send(`hello ${++opened}`);
      channel.onmessage = ({ data }) => heard.push(data);
    });
    await until(tab, () => heard.includes("echo hello 1"));
    application.emit("restart");
    await until(tab, () => heard.includes("echo hello 2"));
    await application.until(() => application.lines.filter(line => line === "open").length >= 2,
      "the element's channel to open again");
    await untilMoving(tab, VIDEO);
    assertNoErrors(tab);
  });
});

describe("restarts", () => {
  for (const [name, act] of [
    ["by the element", () => application.emit("restart")],
    ["by the page", () => tab.evaluate(() => room.peers.get("element").restart())],
    ["of both at once", () => {
      application.emit("restart");
      return tab.evaluate(() => room.peers.get("element").restart());
    }],
  ]) {
    it(name, async () => {
      await callBothWays();
      await act();
      await application.untilEvent("restarted");
      await untilMoving(tab, VIDEO);
      await until(tab, () => {
        const peer = room.peers.get("element");
        return peer.connectionState === "connected" && peer.signalingState === "stable";
      });
      // The application's pads stay, or come again.
      await untilReceived(application.received - 1);
      await untilMoving(tab, VIDEO);
      assertNoErrors(tab);
    });
  }

  it("of ICE alone, by the page's restartIce ()", async () => {
    await callBothWays();
    await tab.evaluate(() => room.peers.get("element").pc.restartIce());
    await application.untilEvent("offer-received", 2);
    await until(tab, () => steps.at(-1) === "stable");
    await untilReceived(application.received - 1);
    await untilMoving(tab, VIDEO);
    assertNoErrors(tab);
  });
});

describe("an ICE restart", () => {
  it("of the page is answered, and media goes on", async () => {
    await callBothWays();
    const answers = application.events.filter(name => name === "answer-sent").length;
    await tab.evaluate(() => room.peers.get("element").pc.restartIce());
    await application.untilEvent("answer-sent", answers + 1);
    await until(tab, () => room.peers.get("element").signalingState === "stable");
    await untilMoving(tab, VIDEO);
    await untilReceived(0);
    await untilMoving(tab, VIDEO);
    await assertUneventful();
  });
});

describe("a wild page", () => {
  for (const [role, other] of selectRoles(ROLES)) {
    it(`adds and removes as it likes, the element ${role} and as wild`, async () => {
      await callBothWays(role, other);
      const page = tab.evaluate(async () => {
        const peer = room.peers.get("element");
        const mine = [];
        for (let i = 0; i < 40; i++) {
          if (mine.length > 0 && Math.random() < 0.45)
            peer.removeTrack(mine.pop());
          else if (mine.length < 6)
            mine.push(sendPicture());
          await new Promise(resolve => setTimeout(resolve, Math.random() * 100));
        }
        return mine.length + 1;
      });
      let streams = 1;
      for (let i = 0; i < 15; i++) {
        if (streams > 1 && Math.random() < 0.45) {
          application.remove();
          streams--;
        } else if (streams < 5) {
          application.add();
          streams++;
        }
        await new Promise(resolve => setTimeout(resolve, Math.random() * 250));
      }
      const sent = await page;
      await untilPageReceives(streams);
      await until(tab, async sent => {
        const { pc } = room.peers.get("element");
        const live = pc.getTransceivers().filter(({ currentDirection }) =>
          /send/.test(currentDirection));
        return live.length === sent;
      }, sent, `${sent} streams of the page's`);
      await untilMoving(tab, VIDEO);
      assert.equal((await pageStats()).messagesRejected, 0);
      assert.equal((await application.stats)["messages-rejected"], 0);
      assertNoErrors(tab);
    });
  }
});
