/* The element against Chromium: the page, and plain W3C code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertNoErrors, closeTab, launch, openTab, until, untilMoving }
  from "./browser.js";
import { Pipeline, SEND } from "./pipeline.js";
import { Relay } from "./relay.js";

const RECEIVE = "n.src_0 ! rtpvp8depay ! vp8dec ! FRAMES";
const VIDEO = "video[data-peer]";

let browser, relay, tabs, pipelines;

before(async () => { browser = await launch(); });
after(() => browser?.close());
beforeEach(async () => {
  relay = await Relay.start();
  tabs = [];
  pipelines = [];
});
afterEach(async () => {
  await Promise.all(tabs.map(closeTab));
  try {
    for (const pipeline of pipelines)
      await pipeline.stop();
  } finally {
    await relay.stop();
  }
});

function play(text) {
  const pipeline = new Pipeline(text);
  pipelines.push(pipeline);
  return pipeline;
}

async function open(url) {
  const tab = await openTab(browser, url);
  tabs.push(tab);
  return tab;
}

async function leave(tab) {
  tabs.splice(tabs.indexOf(tab), 1);
  await closeTab(tab);
}

const untilState = (tab, state) =>
  until(tab, state => document.body.dataset.state === state, state, state);

describe("the element's own server and page", () => {
  const LISTEN = "webrtcnegotiator name=n listen=127.0.0.1:0";

  it("pipeline to page, without a click", async () => {
    const pipeline = play(`${SEND} ${LISTEN}`);
    const tab = await open(await pipeline.url());
    await untilMoving(tab, VIDEO);
    await untilState(tab, "connected");
    await until(tab, () => /^320 × 240, [1-9]\d* fps$/.test(
      document.querySelector("figcaption span").textContent), undefined, "the tile's pace");
    assertNoErrors(tab);
  });

  it("an address that no room can have is said to be wrong", async () => {
    const pipeline = play(LISTEN);
    const url = await pipeline.url();
    const wrong = { "room=a/b": "A room's name is", "room=my%20room": "A room's name is",
      "id=a%20b": "An id is", "role=chair": "A role is" };
    for (const [query, complaint] of Object.entries(wrong)) {
      const tab = await open(`${url}?${query}`);
      await until(tab, complaint => document.getElementById("errors").textContent
        .includes(complaint), complaint, complaint);
      assert.equal(await tab.evaluate(() => document.getElementById("empty-title").textContent),
        "No room is joined");
      assertNoErrors(tab);
      await leave(tab);
    }
  });

  it("page to pipeline", async () => {
    const pipeline = play(`${LISTEN} ${RECEIVE}`);
    const tab = await open(`${await pipeline.url()}?send=test`);
    await pipeline.untilMoving();
    await untilState(tab, "connected");
    assertNoErrors(tab);
  });

  it("camera to pipeline", async () => {
    const pipeline = play(`${LISTEN} ${RECEIVE}`);
    const tab = await open(`${await pipeline.url()}?send=camera`);
    await pipeline.untilMoving();
    assertNoErrors(tab);
  });

  for (const role of ["polite", "impolite"]) {
    it(`both at once, the element ${role}`, async () => {
      const pipeline = play(`${SEND} ${LISTEN} role=${role} ${RECEIVE}`);
      const other = role === "polite" ? "impolite" : "polite";
      const tab = await open(`${await pipeline.url()}?send=test&role=${other}`);
      await untilMoving(tab, VIDEO);
      await pipeline.untilMoving();
      assertNoErrors(tab);
    });
  }

  it("reload of the page during the call", async () => {
    const pipeline = play(`${SEND} ${LISTEN} ${RECEIVE}`);
    const tab = await open(`${await pipeline.url()}?send=test`);
    await untilMoving(tab, VIDEO);
    await pipeline.untilMoving();
    for (let i = 0; i < 3; i++) {
      await tab.reload();
      await untilMoving(tab, VIDEO);
      await pipeline.untilMoving();
    }
    assertNoErrors(tab);
  });

  it("two tabs: the second one is paired when the first one leaves", async () => {
    const pipeline = play(`${SEND} ${LISTEN} peer-id=element`);
    const url = await pipeline.url();
    const first = await open(`${url}?id=first`);
    await untilMoving(first, VIDEO);
    const second = await open(`${url}?id=second`);
    await until(second, () => room.peers.has("first") && room.peers.has("element"));
    assert.equal(await second.$(VIDEO), null);
    await leave(first);
    await untilMoving(second, "video[data-peer=element]");
    assertNoErrors(first, second);
  });

  it("a camera in the middle of the call, and gone again, and once more", async () => {
    const pipeline = play(`${SEND} ${LISTEN} ${RECEIVE}`);
    const tab = await open(await pipeline.url());
    await untilMoving(tab, VIDEO);
    await tab.click("#send-camera");
    await pipeline.untilMoving();
    await tab.click("#send-none");
    await until(tab, () => Array.from(room.peers.values()).every(({ pc }) =>
      pc.signalingState === "stable"
      && pc.getTransceivers().every(({ currentDirection }) => currentDirection !== "sendrecv")));
    await untilMoving(tab, VIDEO);
    await tab.click("#send-test");
    await pipeline.untilMoving();
    await untilMoving(tab, VIDEO);
    assertNoErrors(tab);
  });

  it("a restart that the page asks for", async () => {
    const pipeline = play(`${SEND} ${LISTEN} ${RECEIVE}`);
    const tab = await open(`${await pipeline.url()}?send=test`);
    await untilMoving(tab, VIDEO);
    await pipeline.untilMoving();
    await tab.click("#restart");
    await pipeline.untilEvent("restarted");
    await untilMoving(tab, VIDEO);
    await pipeline.untilMoving();
    assertNoErrors(tab);
  });

  it("sound and pictures, both ways", async () => {
    const pipeline = play("audiotestsrc is-live=true ! opusenc ! rtpopuspay ! n. "
      + `${SEND} ${LISTEN} n. ! application/x-rtp,media=audio ! rtpopusdepay `
      + "! opusdec ! audioconvert ! fakesink name=sound silent=false -v");
    const tab = await open(`${await pipeline.url()}?send=camera&audio=1`);
    await untilMoving(tab, VIDEO);
    await tab.click("#unmute");
    await until(tab, () => {
      const video = document.querySelector("video[data-peer]");
      return video.srcObject.getAudioTracks().length === 1 && !video.muted
        && !video.paused;
    });
    await until(tab, async () => {
      for (const { pc } of room.peers.values())
        for (const report of (await pc.getStats()).values())
          if (report.type === "inbound-rtp" && report.kind === "audio"
              && report.totalAudioEnergy > 0.001)
            return true;
      return false;
    }, undefined, "sound that can be heard");
    await pipeline.until(() => pipeline.lines.some(line =>
      /sound.*last-message = chain/.test(line)), "decoded sound");
    assertNoErrors(tab);
  });
});

describe("pages of others", () => {
  const join = (tab, url) => tab.evaluate(async url => {
    const { Room } = await import(`${url}webrtc-negotiator.js`);
    const video = document.createElement("video");
    Object.assign(video, { autoplay: true, muted: true });
    document.body.prepend(video);  // in sight, or it would not play
    window.errors = [];
    window.room = new Room({ uri: `${url.replace("http", "ws")}ws`, id: "foreign" });
    room.onerror = ({ code, message }) => errors.push({ code, message });
    room.onpeer = peer => {
      video.dataset.peer = peer.id;
      peer.ontrack = ({ streams }) => { video.srcObject = streams[0]; };
    };
  }, url);

  it("are refused, and both sides are told", async () => {
    const pipeline = play(`${SEND} webrtcnegotiator name=n listen=127.0.0.1:0`);
    const url = await pipeline.url();
    const tab = await open(`${relay.url}page.css`);
    await join(tab, url);
    await until(tab, () => errors.length > 0);
    const { origin } = new URL(relay.url);
    const [{ code, message }] = await tab.evaluate(() => errors);
    assert.equal(code, "unreachable");
    assert.ok(message.includes(`refuses pages of ${origin}`), message);
    await pipeline.untilEvent("page-refused");
    assert.ok(pipeline.lines.some(line => line.includes(`set allowed-origins=${origin}`)));
    assert.ok(!pipeline.events.includes("peer-joined"));
  });

  it("are welcome once they are named", async () => {
    const { origin } = new URL(relay.url);
    const pipeline = play(`${SEND} webrtcnegotiator name=n listen=127.0.0.1:0 `
      + `allowed-origins=https://www.example.org,${origin}`);
    const url = await pipeline.url();
    const tab = await open(`${relay.url}page.css`);
    await join(tab, url);
    await untilMoving(tab, VIDEO);
    assert.deepEqual(await tab.evaluate(() => errors), []);
    // Its own page goes on as before.
    await leave(tab);
    await untilMoving(await open(url), VIDEO);
  });
});

describe("another server", () => {
  const join = (options = "") =>
    `webrtcnegotiator name=n peer-id=element signaller-uri=${relay.ws} ${options}`;

  it("page first, pipeline second", async () => {
    const tab = await open(`${relay.url}?send=test`);
    await until(tab, () => window.room?.state === "joined");
    const pipeline = play(`${SEND} ${join()} ${RECEIVE}`);
    await untilMoving(tab, VIDEO);
    await pipeline.untilMoving();
    assertNoErrors(tab);
  });

  it("pipeline first, page second", async () => {
    const pipeline = play(`${SEND} ${join()} ${RECEIVE}`);
    await pipeline.untilEvent("joined");
    const tab = await open(`${relay.url}?send=test`);
    await untilMoving(tab, VIDEO);
    await pipeline.untilMoving();
    assertNoErrors(tab);
  });

  it("one element serves, another one sends", async () => {
    const server = play("webrtcnegotiator listen=127.0.0.1:0 room=elsewhere "
      + "videotestsrc is-live=true ! fakesink");
    const url = await server.url();
    const sender = play(`${SEND} webrtcnegotiator `
      + `signaller-uri=${url.replace("http", "ws")}ws`);
    const tab = await open(url);
    await untilMoving(tab, VIDEO);
    await sender.untilEvent("stable");
    assertNoErrors(tab);
  });

  for (const [role, other] of [["polite", "impolite"], ["impolite", "polite"]]) {
    it(`offers of both at once, the element ${role}`, async () => {
      const glare = relay.holdUntilGlare();
      // On a busy machine the page may take long to make its offer.
      const pipeline = play(`${SEND} ${join(`role=${role} negotiation-timeout=60000`)} ${RECEIVE}`);
      const tab = await open(`${relay.url}?send=test&role=${other}`);
      await glare;
      await untilMoving(tab, VIDEO);
      await pipeline.untilMoving();
      const { events } = pipeline;
      assert.ok(events.includes("collision"));
      assert.equal(events.includes("rolled-back"), role === "polite");
      assert.equal(events.includes("offer-ignored"), role === "impolite");
      assert.ok(!events.includes("message-rejected"));
      assert.ok(!events.includes("restarted"));
      const stats = await tab.evaluate(() => room.peers.get("element").stats);
      assert.equal(stats.rollbacks, role === "polite" ? 0 : 1);
      assert.equal(stats.messagesRejected, 0);
      assert.equal(stats.restarts, 0);
      assertNoErrors(tab);
    });
  }

  it("the page declines the pipeline's offer, then asks for it", async () => {
    const tab = await open(relay.url);
    await until(tab, () => window.room?.state === "joined");
    await tab.evaluate(() => {
      const { onpeer } = room;
      room.onpeer = peer => {
        onpeer(peer);
        peer.onoffer = () => false;
      };
    });
    const pipeline = play(`${SEND} ${join()}`);
    await pipeline.untilEvent("offer-rejected");
    await tab.evaluate(() => {
      const peer = room.peers.get("element");
      peer.onoffer = null;
      peer.pc.addTransceiver("video", { direction: "recvonly" });
    });
    await untilMoving(tab, VIDEO);
    assertNoErrors(tab);
  });

  it("signalling is lost and comes back: media goes on", async () => {
    const pipeline = play(`${SEND} ${join()} ${RECEIVE}`);
    const tab = await open(relay.url);
    await untilMoving(tab, VIDEO);
    relay.breakAll();
    await untilMoving(tab, VIDEO);
    await pipeline.untilEvent("signaller-back");
    await until(tab, () => room.state === "joined");
    await tab.click("#send-test");
    await pipeline.untilMoving();
    await untilMoving(tab, VIDEO);
    assert.ok(!pipeline.events.includes("restarted"));
  });
});

describe("plain W3C code over a dumb relay", () => {
  for (const [role, polite] of [["polite", 0], ["impolite", 1]]) {
    const element = () => `webrtcnegotiator name=n protocol=w3c role=${role} `
      + `signaller-uri=${relay.dumb}`;
    const url = send => `${relay.url}w3c.html?polite=${polite}&send=${send}&uri=`
      + encodeURIComponent(relay.dumb);

    it(`pipeline to page, the element ${role}`, async () => {
      const tab = await open(url(0));
      await until(tab, () => window.pc);
      play(`${SEND} ${element()}`);
      await untilMoving(tab, VIDEO);
      assertNoErrors(tab);
    });

    it(`both ways, the element ${role}`, async () => {
      const tab = await open(url(0));
      await until(tab, () => window.pc);
      const pipeline = play(`${SEND} ${element()} ${RECEIVE}`);
      await untilMoving(tab, VIDEO);
      await tab.evaluate(() => start());
      await pipeline.untilMoving();
      await untilMoving(tab, VIDEO);
      assertNoErrors(tab);
    });

    it(`offers of both at once, the element ${role}`, async () => {
      const glare = relay.holdUntilGlare();
      const tab = await open(url(1));
      const pipeline = play(`${SEND} ${element()} ${RECEIVE}`);
      await glare;
      await pipeline.untilMoving();
      await untilMoving(tab, VIDEO);
      assert.ok(pipeline.events.includes("collision"));
      assert.ok(!pipeline.events.includes("message-rejected"));
      // The W3C's code forgets that it ignores an offer as soon as the answer is there,
      // even if the browser has yet to fail at that offer's candidates.
      tab.errors = tab.errors.filter(text => role !== "polite"
        || !/addIceCandidate.*The remote description was null/.test(text));
      assertNoErrors(tab);
    });
  }
});
