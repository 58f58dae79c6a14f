/* The module against itself, in two and three tabs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertNoErrors, closeTab, launch, openTab, until, untilMoving }
  from "./browser.js";
import { Relay } from "./relay.js";

let browser, relay, tabs;

before(async () => { browser = await launch(); });
after(() => browser?.close());
beforeEach(async () => {
  relay = await Relay.start();
  tabs = [];
});
afterEach(async () => {
  await Promise.all(tabs.map(closeTab));
  await relay.stop();
});

/** A tab that has not joined yet. */
async function open(id, role = "auto") {
  const tab = await openTab(browser, `${relay.url}module.html?id=${id}&role=${role}`);
  tabs.push(tab);
  await until(tab, () => window.isReady);
  return tab;
}

async function join(tab, options = {}) {
  await tab.evaluate(options => { window.join(options); }, options);
  await until(tab, () => room.state === "joined");
}

/** Two tabs that know each other and have negotiated nothing yet. */
async function pair(roles = ["auto", "auto"], options = {}) {
  const a = await open("a", roles[0]);
  const b = await open("b", roles[1]);
  await join(a, options);
  await join(b, options);
  await until(a, () => room.peers.has("b"));
  await until(b, () => room.peers.has("a"));
  return [a, b];
}

/** Two tabs that show each other's picture. */
async function call(roles, options) {
  const [a, b] = await pair(roles, options);
  await a.evaluate(() => { sendPicture(); });
  await b.evaluate(() => { sendPicture(); });
  await bothMoving(a, b);
  return [a, b];
}

async function bothMoving(a, b) {
  await untilMoving(a, "video[data-peer=b]");
  await untilMoving(b, "video[data-peer=a]");
  await settled(a, b);
}

const peerState = () => {
  const [peer] = room.peers.values();
  return { ...peer.stats, session: peer.session, signaling: peer.signalingState,
    connection: peer.connectionState, sections: peer.pc.getTransceivers().length };
};
const stats = tab => tab.evaluate(peerState);

/** Both stable, both connected, nothing on the way. */
async function settled(...all) {
  for (const tab of all)
    await until(tab, () => Array.from(room.peers.values()).every(peer =>
      peer.signalingState === "stable" && peer.connectionState === "connected"
      && !peer.makingOffer));
}

async function forceGlare(a, b, act) {
  const glare = relay.holdUntilGlare();
  await Promise.all([act(a), act(b), glare]);
}

describe("a call", () => {
  it("media flows both ways", async () => {
    const [a, b] = await call();
    for (const tab of [a, b]) {
      const { messagesRejected, restarts, connection } = await stats(tab);
      assert.deepEqual([messagesRejected, restarts, connection], [0, 0, "connected"]);
    }
    assertNoErrors(a, b);
  });

  it("no track is missed that comes with the first message", async () => {
    const a = await open("a"), b = await open("b");
    await join(a);
    await a.evaluate(() => { sendPicture(); });
    await join(b);
    await untilMoving(b, "video[data-peer=a]");
    assertNoErrors(a, b);
  });

  it("three tabs are a mesh", async () => {
    const [a, b] = await call();
    const c = await open("c");
    await join(c);
    await c.evaluate(() => { sendPicture(); });
    for (const [tab, ids] of [[a, ["b", "c"]], [b, ["a", "c"]], [c, ["a", "b"]]])
      for (const id of ids)
        await untilMoving(tab, `video[data-peer=${id}]`);
    assertNoErrors(a, b, c);
  });

  it("after it has converged, no offer is made any more", async () => {
    const [a, b] = await call();
    // A round trip of something else after which a needless offer would be there.
    const count = () => relay.messages.filter(({ data }) =>
      data.description?.type === "offer").length;
    const before = count();
    for (const tab of [a, b])
      await tab.evaluate(() => new Promise(resolve => {
        let n = 0;
        setInterval(() => ++n === 30 && resolve(), 50);
      }));
    assert.equal(count(), before);
  });
});

describe("glare", () => {
  for (const roles of [["auto", "auto"], ["polite", "impolite"], ["impolite", "polite"],
    ["auto-lesser", "auto-lesser"]]) {
    it(`before the call, ${roles.join(" and ")}`, async () => {
      const [a, b] = await pair(roles);
      await forceGlare(a, b, tab => tab.evaluate(() => { sendPicture(); }));
      await bothMoving(a, b);
      const [first, second] = [await stats(a), await stats(b)];
      const isFirstPolite = roles[0] === "polite" || roles[0] === "auto-lesser";
      assert.equal(await a.evaluate(() => room.peers.get("b").polite), isFirstPolite);
      const [polite, impolite] = isFirstPolite ? [first, second] : [second, first];
      assert.equal(polite.rollbacks, 1);
      assert.equal(impolite.rollbacks, 0);
      assert.equal(impolite.offersIgnored, 1);
      assert.equal(polite.collisions + impolite.collisions, 2);
      assert.equal(polite.restarts + impolite.restarts, 0);
      assert.equal(polite.messagesRejected + impolite.messagesRejected, 0);
      assertNoErrors(a, b);
    });

    it(`during the call, ${roles.join(" and ")}`, async () => {
      const [a, b] = await call(roles);
      const before = await stats(a);
      await forceGlare(a, b, tab => tab.evaluate(() => { sendPicture(); }));
      for (const tab of [a, b])
        await until(tab, () => tracks.length >= 2);
      await bothMoving(a, b);
      const [first, second] = [await stats(a), await stats(b)];
      assert.ok(first.collisions > before.collisions);
      assert.equal(first.restarts + second.restarts, 0);
      assert.equal(first.messagesRejected + second.messagesRejected, 0);
      assertNoErrors(a, b);
    });
  }

  for (const roles of [["polite", "impolite"], ["impolite", "polite"]]) {
    it(`of the first sending where something is received, ${roles[0]}`, async () => {
      const [a, b] = await pair(roles);
      await b.evaluate(() => { sendPicture(); });
      await untilMoving(a, "video[data-peer=b]");
      await settled(a, b);
      await forceGlare(a, b, tab => tab.evaluate(() => {
        const stream = picture();
        room.peers.values().next().value.addTrack(stream.getVideoTracks()[0], stream);
      }));
      await until(a, () => tracks.length === 2);
      // Of the first one, which must not suffer: the page shows the last one.
      await a.evaluate(() => {
        const { pc } = room.peers.get("b");
        const video = document.querySelector("video");
        video.srcObject = new MediaStream([pc.getTransceivers()[0].receiver.track]);
        video.play();
      });
      await bothMoving(a, b);
      assertNoErrors(a, b);
    });
  }

  it("data channels of both sides survive it", async () => {
    const [a, b] = await pair();
    await forceGlare(a, b, tab => tab.evaluate(() => {
      const [peer] = room.peers.values();
      window.heard = [];
      window.channel = peer.createDataChannel("chat");
      channel.onopen = () => channel.send("hello");
      channel.onmessage = ({ data }) => heard.push(data);
    }));
    for (const tab of [a, b])
      await until(tab, () => heard.includes("echo hello"));
    assertNoErrors(a, b);
  });
});

describe("rejection", () => {
  for (const [offerer, answerer] of [[0, 1], [1, 0]]) {
    it(`by the ${answerer ? "polite" : "impolite"} peer; no repeat until asked`, async () => {
      const both = await call();
      const [a, b] = [both[offerer], both[answerer]];
      await b.evaluate(() => {
        const [peer] = room.peers.values();
        window.asked = 0;
        peer.onoffer = async () => { asked++; return false; };
      });
      const sent = (await stats(a)).offersSent;
      await a.evaluate(() => { window.second = sendPicture(); });
      await until(a, () => steps.includes("offer-rejected") && steps.includes("rolled-back"));
      await bothMoving(...both);
      assert.equal((await stats(a)).offersSent, sent + 1);
      assert.equal((await stats(a)).offersRejected, 1);
      assert.equal(await b.evaluate(() => asked), 1);

      await b.evaluate(() => {
        const [peer] = room.peers.values();
        peer.onoffer = () => { asked++; };
      });
      await a.evaluate(() => room.peers.values().next().value.negotiate());
      await until(b, () => tracks.length === 2);
      await settled(a, b);
      assert.equal(await b.evaluate(() => asked), 2);
      await bothMoving(...both);
      assertNoErrors(a, b);
    });
  }

  it("of the offer that ours gave way to: ours follows", async () => {
    const [a, b] = await call(["polite", "impolite"]);
    await a.evaluate(() => { room.peers.get("b").onoffer = () => false; });
    await forceGlare(a, b, tab => tab.evaluate(() => { sendPicture(); }));
    await until(a, () => steps.includes("rolled-back"));
    await until(b, () => steps.includes("offer-rejected") && tracks.length === 2);
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  it("of the first offer, and a change offers again", async () => {
    const [a, b] = await pair();
    await b.evaluate(() => { room.peers.get("a").onoffer = () => false; });
    await a.evaluate(() => { sendPicture(); });
    await until(a, () => steps.includes("suppressed"));
    await b.evaluate(() => { room.peers.get("a").onoffer = null; });
    await a.evaluate(() => { room.peers.get("b").createDataChannel("x"); });
    await untilMoving(b, "video[data-peer=a]");
    assertNoErrors(a, b);
  });

  it("of sending where something is received, which goes on", async () => {
    const [a, b] = await pair();
    await b.evaluate(() => { sendPicture(); });
    await untilMoving(a, "video[data-peer=b]");
    await b.evaluate(() => { room.peers.get("a").onoffer = () => false; });
    for (let i = 1; i <= 3; i++) {
      await a.evaluate(() => { sendPicture(); });
      await until(a, i => steps.filter(name => name === "offer-rejected").length === i, i);
      await untilMoving(a, "video[data-peer=b]");
    }
    await b.evaluate(() => { room.peers.get("a").onoffer = null; });
    await a.evaluate(() => { room.peers.get("b").negotiate(); });
    await until(b, () => tracks.length === 3);
    await bothMoving(a, b);
    assert.equal((await stats(a)).restarts, 0);
    assertNoErrors(a, b);
  });

  it("an offer may wait for its verdict, and candidates with it", async () => {
    const [a, b] = await pair();
    await b.evaluate(() => {
      room.peers.get("a").onoffer = () => new Promise(resolve => { window.verdict = resolve; });
    });
    await a.evaluate(() => { sendPicture(); });
    await until(b, () => window.verdict);
    assert.equal((await stats(b)).signaling, "have-remote-offer");
    await until(a, () => room.peers.get("b").pc.iceGatheringState === "complete");
    await b.evaluate(() => verdict(true));
    await untilMoving(b, "video[data-peer=a]");
    // Those that it got to know from connectivity checks alone are of type prflx.
    assert.ok(await b.evaluate(async () =>
      Array.from((await room.peers.get("a").pc.getStats()).values()).some(report =>
        report.type === "remote-candidate" && report.candidateType === "host")));
    assertNoErrors(a, b);
  });
});

describe("restart", () => {
  it("by the application: tracks and channels come again", async () => {
    const [a, b] = await call();
    await a.evaluate(() => {
      window.heard = [];
      window.opened = 0;
      window.channel = room.peers.get("b").createDataChannel("chat");
      channel.onopen = () => channel.send(`hello ${++opened}`);
      channel.onmessage = ({ data }) => heard.push(data);
    });
    await until(a, () => heard.includes("echo hello 1"));
    const seen = [await a.evaluate(() => tracks.length), await b.evaluate(() => tracks.length)];
    await b.evaluate(() => room.peers.get("a").restart());
    await until(a, n => tracks.length > n, seen[0]);
    await until(b, n => tracks.length > n, seen[1]);
    await bothMoving(a, b);
    await until(a, () => heard.includes("echo hello 2"));
    assert.deepEqual([(await stats(a)).session, (await stats(b)).session], [1, 1]);
    assertNoErrors(a, b);
  });

  it("a remote connection that was closed without a word", async () => {
    const [a, b] = await call();
    await b.evaluate(() => { room.peers.get("a").pc.close(); });
    await until(a, () => steps.includes("restarted"));
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  for (const [name, deaf] of [["polite", 0], ["impolite", 1]])
    it(`of a ${name} peer whose browser gathers nothing`, async () => {
      const [a, b] = [await open("a", "polite"), await open("b", "impolite")];
      await [a, b][deaf].evaluate(() => {
        const { RTCPeerConnection } = window;
        // Once the offers have collided, as in Chromium; later ones are well.
        class Deaf extends RTCPeerConnection {
          get iceGatheringState() { return "new"; }
          addIceCandidate() { return Promise.resolve(); }
          addEventListener(type, ...rest) {
            if (type !== "icecandidate")
              super.addEventListener(type, ...rest);
          }
        }
        const isDeaf = () => !window.steps.includes("stable");
        window.RTCPeerConnection = function (...rest) {
          return isDeaf() ? new Deaf(...rest) : new RTCPeerConnection(...rest);
        };
      });
      await join(a);
      await join(b);
      for (const [tab, other] of [[a, "b"], [b, "a"]])
        await until(tab, other => room.peers.has(other), other);
      await forceGlare(a, b, tab => tab.evaluate(() => { sendPicture(); }));
      await bothMoving(a, b);
      assert.ok(await [a, b][deaf].evaluate(() =>
        log.some(line => line.includes("gathers no candidates"))));
      for (const tab of [a, b])
        assert.equal((await stats(tab)).session, 1);
      assertNoErrors(a, b);
    });

  it("by both at once", async () => {
    const [a, b] = await call();
    await Promise.all([a, b].map(tab =>
      tab.evaluate(() => { room.peers.values().next().value.restart(); })));
    for (const tab of [a, b])
      await until(tab, () => room.peers.values().next().value.session >= 1);
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  it("after an offer that is never answered", async () => {
    const [a, b] = await call(undefined, { negotiationTimeout: 300 });
    let isLost = false;
    relay.filter = data => {
      if (data.description?.type !== "answer" || isLost)
        return data;
      isLost = true;
      return null;
    };
    await a.evaluate(() => { room.peers.get("b").negotiate(); });
    await until(a, () => steps.includes("restarted"));
    await bothMoving(a, b);
    assert.ok((await stats(b)).session >= 1);
  });

  it("is rarer if it does not help", async () => {
    const a = await open("a"), b = await open("b");
    relay.filter = () => null;
    await join(a, { negotiationTimeout: 100 });
    await join(b);
    await a.evaluate(() => { sendPicture(); });
    await until(a, () => room.peers.get("b")?.session >= 3);
    const times = await a.evaluate(() => log.filter(line => line.includes(" restarted "))
      .map(line => parseInt(line)));
    assert.ok(times[1] - times[0] < 900, `the first at once: ${times}`);
    assert.ok(times[2] - times[1] >= 1000, `the next later: ${times}`);
  });

  it("a stale answer is dropped", async () => {
    const [a, b] = await call();
    const { data } = relay.messages.find(({ from, data }) =>
      from === "b" && data.description?.type === "answer");
    relay.say("default", "b", "a", data);
    await until(a, () => steps.includes("stale-answer"));
    await bothMoving(a, b);
  });

  it("an answer to another offer than the outstanding one is dropped", async () => {
    const [a, b] = await call();
    const { data } = relay.messages.find(({ from, data }) =>
      from === "b" && data.description?.type === "answer");
    const held = [];
    relay.filter = data => {
      if (data.description?.type !== "answer")
        return data;
      held.push(data);
      return null;
    };
    await a.evaluate(() => { room.peers.get("b").negotiate(); });
    await until(a, () => steps.at(-1) === "offer-sent");
    relay.say("default", "b", "a", { ...data, offer: "1:1" });
    await until(a, () => steps.includes("stale-answer"));
    assert.equal((await stats(a)).signaling, "have-local-offer");
    await until(b, () => steps.at(-1) === "stable");
    relay.say("default", "b", "a", held[0]);
    await until(a, () => steps.at(-1) === "stable");
    assert.equal((await stats(a)).restarts, 0);
    await bothMoving(a, b);
  });

  it("a reload with the same id", async () => {
    const [a, b] = await call();
    await b.reload();
    await until(b, () => window.isReady);
    await join(b);
    await b.evaluate(() => { sendPicture(); });
    await until(a, () => room.peers.has("b"));
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  it("an offer of a new connection replaces ours (a peer without sessions)", async () => {
    const [a, b] = await pair();
    // As plain W3C code would: nothing but descriptions and candidates.
    relay.filter = data => {
      const { session, offer, ...rest } = data;
      return rest.restart ? null : rest;
    };
    await a.evaluate(() => { sendPicture(); });
    await b.evaluate(() => { sendPicture(); });
    await bothMoving(a, b);
    // b forgets everything, and a is not told that it left.
    await b.evaluate(() => {
      const peer = room.peers.get("a");
      const fresh = new Peer({ id: "a", polite: peer.polite,
        send: data => window.ws.send(JSON.stringify({ type: "message", to: "a", data })) });
      fresh.ontrack = peer.ontrack;
      fresh.addEventListener("event", ({ name }) => steps.push(name));
      window.fresh = fresh;
      window.ws = { send: text => peer.pass(JSON.parse(text).data) };
    });
    const sent = [];
    await b.exposeFunction("pass", data => {
      sent.push(data);
      relay.say("default", "b", "a", data);
    });
    relay.filter = (data, from, to) => {
      if (to === "b")
        b.evaluate(data => fresh.receive(data), data).catch(() => {});
      return null;
    };
    await b.evaluate(() => {
      room.peers.get("a").pass = data => pass(data);
      const stream = picture();
      fresh.addTrack(stream.getVideoTracks()[0], stream);
    });
    await until(a, () => steps.includes("restarted"));
    await until(b, () => fresh.connectionState === "connected");
    await untilMoving(a, "video[data-peer=b]");
    assert.ok(sent.some(({ description }) => description?.type === "offer"));
  });
});

describe("changes during the call", () => {
  it("stop () and adding again", async () => {
    const [a, b] = await call();
    await a.evaluate(() => {
      const peer = room.peers.get("b");
      peer.pc.getTransceivers().find(({ sender }) => sender.track).stop();
    });
    await until(b, () => !room.peers.get("a").pc.getTransceivers().some(
      ({ currentDirection }) => /recv/.test(currentDirection)));
    await a.evaluate(() => { sendPicture(); });
    await until(b, () => tracks.length >= 2);
    await untilMoving(b, "video[data-peer=a]");
    await settled(a, b);
    assertNoErrors(a, b);
  });

  it("removing and adding ten times takes no more sections", async () => {
    const [a, b] = await call();
    const { sections } = await stats(a);
    for (let i = 0; i < 10; i++) {
      const count = await b.evaluate(() => tracks.length);
      await a.evaluate(async () => {
        const peer = room.peers.get("b");
        const sender = peer.pc.getSenders().find(({ track }) => track);
        const { track } = sender;
        const stable = () => new Promise(resolve =>
          peer.addEventListener("event", function on({ name }) {
            if (name === "stable") {
              peer.removeEventListener("event", on);
              resolve();
            }
          }));
        const removed = stable();
        peer.removeTrack(track);
        await removed;
        const added = stable();
        peer.addTrack(track, new MediaStream([track]));
        await added;
      });
      await until(b, n => tracks.length > n, count);
    }
    await bothMoving(a, b);
    assert.equal((await stats(a)).sections, sections);
    assertNoErrors(a, b);
  });

  it("a wild pair converges", async () => {
    const [a, b] = await call();
    relay.delay = () => Math.random() * 60;
    // Order is kept as on a real line.
    const last = {};
    relay.delay = (from) => {
      const now = performance.now();
      last[from] = Math.max(now + Math.random() * 60, (last[from] ?? 0) + 1);
      return last[from] - now;
    };
    await Promise.all([a, b].map(tab => tab.evaluate(async () => {
      const [peer] = room.peers.values();
      const mine = [];
      for (let i = 0; i < 30; i++) {
        if (mine.length > 0 && Math.random() < 0.4) {
          peer.removeTrack(mine.pop());
        } else if (mine.length < 6) {
          const track = sendPicture();
          mine.push(track);
        }
        await new Promise(resolve => setTimeout(resolve, Math.random() * 80));
      }
      window.mine = mine.length;
    })));
    for (const [tab, other] of [[a, b], [b, a]]) {
      const n = await other.evaluate(() => mine + 1);
      await until(tab, n => {
        const [peer] = room.peers.values();
        return peer.pc.getTransceivers().filter(({ currentDirection }) =>
          /recv/.test(currentDirection)).length === n;
      }, n, `${n} streams are received`);
    }
    await settled(a, b);
    const [first, second] = [await stats(a), await stats(b)];
    assert.equal(first.messagesRejected + second.messagesRejected, 0);
    assert.equal(first.restarts + second.restarts, 0);
    assertNoErrors(a, b);
  });
});

describe("signalling", () => {
  it("is lost and comes back: media and peers stay", async () => {
    const [a, b] = await call();
    for (const tab of [a, b])
      await tab.evaluate(() => { window.before = room.peers.values().next().value.pc; });
    relay.isRefusing = true;
    relay.breakAll();
    for (const tab of [a, b])
      await until(tab, () => room.state === "lost");
    await untilMoving(a, "video[data-peer=b]");
    // What is wished meanwhile happens later.
    await a.evaluate(() => { sendPicture(); });
    relay.isRefusing = false;
    for (const tab of [a, b])
      await until(tab, () => room.state === "joined" && steps.includes("signaller-back"));
    await until(b, () => tracks.length === 2);
    await bothMoving(a, b);
    for (const tab of [a, b])
      assert.ok(await tab.evaluate(() => before === room.peers.values().next().value.pc));
  });

  it("comes back on a server that has forgotten everybody", async () => {
    const [a, b] = await call();
    for (const tab of [a, b])
      await tab.evaluate(() => { window.before = room.peers.values().next().value.pc; });
    relay.forgetAll();
    for (const tab of [a, b])
      await until(tab, () => steps.includes("signaller-back"));
    await a.evaluate(() => { sendPicture(); });
    await until(b, () => tracks.length === 2);
    await bothMoving(a, b);
    for (const tab of [a, b])
      assert.ok(await tab.evaluate(() => before === room.peers.values().next().value.pc));
  });

  it("bye is as good as leaving", async () => {
    const [a, b] = await call();
    relay.say("default", "b", "a", { bye: {} });
    await until(a, () => room.peers.size === 0 && steps.includes("peer-left"));
    assertNoErrors(a, b);
  });

  it("an id in use is tried again", async () => {
    const [a] = await pair();
    const again = await open("b");
    await again.evaluate(() => { window.join(); });
    await until(again, () => errors.includes("id-in-use"));
    await tabs[1].evaluate(() => { room.close(); });
    await until(again, () => room.state === "joined");
    await until(a, () => room.peers.has("b"));
  });
});

/** Two Peers in one page, `first` and `second`, and a line between them that takes
 * its time, says everything `copies` times, and loses what `loses (message)` tells. */
async function wire(tab, { delay = 20, copies = 1, timeout = 0 } = {}) {
  await tab.evaluate(async ({ delay, copies, timeout }) => {
    const { Peer } = await import("./webrtc-negotiator.js");
    const line = window.line = { loses: () => false, steps: [], packets: {} };
    line.make = (name, polite) => {
      line.packets[name] = [];
      const peer = line[name] = new Peer({
        id: name, polite, negotiationTimeout: timeout,
        send: message => {
          const text = JSON.stringify(message);
          for (let i = 0; i < copies; i++)
            setTimeout(() => {
              if (line[name] === peer && !line.loses(message))
                line[name === "first" ? "second" : "first"]?.receive(JSON.parse(text));
            }, delay * (1 + 3 * i));
        },
      });
      peer.onevent = ({ name: step, reason }) =>
        line.steps.push(`${name} ${step} ${reason ?? ""}`);
      return peer;
    };
    line.send = peer => {
      const canvas = Object.assign(document.createElement("canvas"),
        { width: 160, height: 90 });
      setInterval(() => canvas.getContext("2d").fillRect(Math.random() * 90, 0, 9, 9), 50);
      const stream = canvas.captureStream(20);
      peer.addTrack(stream.getTracks()[0], stream);
    };
    line.make("first", true);
    line.make("second", false);
    // What has come of every picture.
    setInterval(async () => {
      for (const name of ["first", "second"]) {
        const peer = line[name];
        const stats = Array.from((await peer?.pc.getStats())?.values() ?? []);
        if (peer === line[name])
          line.packets[name] = stats.filter(({ type }) => type === "inbound-rtp")
            .map(({ packetsReceived }) => packetsReceived);
      }
    }, 100);
  }, { delay, copies, timeout });
}

async function untilReceived(tab, name, n) {
  await until(tab, ({ name, n }) => line[name].connectionState === "connected"
    && line.packets[name].filter(count => count > 10).length >= n, { name, n });
}

describe("whoever is at the other end", () => {
  for (const sends of [false, true])
    it(`is met anew when another one takes its place, who ${sends ? "sends" : "only receives"}`,
      async () => {
        const a = await open("a");
        await wire(a);
        await a.evaluate(() => line.send(line.first));
        await untilReceived(a, "second", 1);
        await a.evaluate(sends => {
          const former = line.second;
          const second = line.make("second", false);
          former.close();
          if (sends)
            line.send(second);
        }, sends);
        await untilReceived(a, "second", 1);
        if (sends)
          await untilReceived(a, "first", 1);
        assert.equal(await a.evaluate(() => line.first.stats.restarts), 1);
      });

  it("is asked when it came too late for the offer", async () => {
    const a = await open("a");
    await wire(a);
    await a.evaluate(() => {
      line.second.close();
      line.second = null;
      line.send(line.first);
    });
    await until(a, () => line.first.stats.offersSent === 1);
    await a.evaluate(() => new Promise(resolve => setTimeout(resolve, 0)));
    await until(a, () => line.first.pc.iceGatheringState === "complete");
    await a.evaluate(() => { line.make("second", false); });
    await untilReceived(a, "second", 1);
  });

  it("may say everything twice", async () => {
    const a = await open("a");
    await wire(a, { copies: 2 });
    await a.evaluate(() => { line.send(line.first); line.send(line.second); });
    await untilReceived(a, "second", 1);
    await untilReceived(a, "first", 1);
    await a.evaluate(() => { line.send(line.first); line.send(line.second); });
    await untilReceived(a, "second", 2);
    await untilReceived(a, "first", 2);
    for (const name of ["first", "second"]) {
      const { restarts, messagesRejected, offersRejected } =
        await a.evaluate(name => line[name].stats, name);
      assert.deepEqual([restarts, messagesRejected, offersRejected], [0, 0, 0]);
    }
  });

  it("may be slower than the timeout", async () => {
    const a = await open("a");
    await wire(a, { delay: 500, timeout: 300 });
    await a.evaluate(() => line.send(line.first));
    await until(a, () => line.first.stats.restarts > 0);
    await untilReceived(a, "second", 1);
  });

  it("may have no candidates, which is told", async () => {
    const a = await open("a");
    await wire(a, { timeout: 1000 });
    await a.evaluate(() => {
      line.loses = ({ candidate }) => candidate !== undefined;
      line.send(line.first);
    });
    await until(a, () => line.steps.some(step => step.startsWith("first stalled")));
    await until(a, () => line.first.stats.restarts > 0);
    await a.evaluate(() => { line.loses = () => false; });
    await untilReceived(a, "second", 1);
  });
});

describe("a hostile peer", () => {
  const SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
  const BAD = [
    null, 7, "text", [], {}, { description: null }, { description: 3 },
    { description: { type: "pranswer", sdp: SDP } },
    { description: { type: "rollback", sdp: "" } },
    { description: { type: "rollback" } },
    { description: { type: "offer" } },
    { description: { type: "offer", sdp: 4 } },
    { description: { type: "offer", sdp: "garbage" } },
    { description: { type: "offer", sdp: `${SDP}m=video x y z\r\n` } },
    { description: { type: "offer", sdp: SDP + "a=x\r\n".repeat(60000) } },
    { description: { type: "offer",
      sdp: `${SDP}a=ice-ufrag:abcd\r\na=ice-pwd:${"x".repeat(22)}\r\nm=video x y z\r\n` } },
    { description: { type: "offer", sdp: `${SDP}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n` } },
    { candidate: 3 }, { candidate: { candidate: {} } },
    { candidate: { candidate: "x", sdpMLineIndex: -1 } },
    { candidate: { candidate: "x", sdpMLineIndex: 1e9 } },
    { candidate: { candidate: "x".repeat(5000) } },
    { candidate: { candidate: "candidate:garbage", sdpMid: "0" } },
    { reject: {} }, { reject: { offer: [] } }, { restart: {} },
    { restart: { session: -1 } }, { restart: { session: 1e300 } },
    { restart: { session: "3" } }, { restart: { session: 2 ** 53 } },
    { bye: 3 }, { session: 3 }, { session: {}, bye: {} },
    { description: { type: "offer", sdp: SDP }, session: -1 },
  ];

  it("does no harm", async () => {
    const [a, b] = await call();
    for (const data of BAD)
      relay.say("default", "b", "a", data);
    await until(a, n => steps.filter(name => name === "message-rejected").length >= n,
      BAD.length, "each of them is rejected");
    const after = await stats(a);
    assert.equal(after.messagesRejected, BAD.length);
    assert.equal(after.restarts, 0);
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  it("sends candidates without end", async () => {
    const [a, b] = await call();
    for (let i = 0; i < 2000; i++)
      relay.say("default", "b", "a", { candidate: { candidate:
        `candidate:1 1 UDP 1 192.0.2.9 ${i + 1} typ host ufrag none`, sdpMid: "0" } });
    await until(a, () => steps.includes("message-rejected"));
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });

  it("restarts wildly", async () => {
    const [a, b] = await call();
    const c = await open("c");
    await join(c);
    await c.evaluate(() => { sendPicture(); });
    await untilMoving(a, "video[data-peer=c]");
    const start = performance.now();
    for (let i = 1; i <= 300; i++)
      relay.say("default", "b", "a", { restart: { session: i } });
    // 17 are followed at once, then one a second; of those that wait, the last one.
    await until(a, () => room.peers.get("b").session === 300);
    const restarts = await a.evaluate(() => room.peers.get("b").stats.restarts);
    assert.ok(restarts <= 18 + (performance.now() - start) / 1000, `${restarts} restarts`);
    await untilMoving(a, "video[data-peer=c]");
    assertNoErrors(a, b, c);
  });

  it("answers what was never asked, and rejects it", async () => {
    const [a, b] = await call();
    relay.say("default", "b", "a", { description: { type: "answer", sdp: SDP } });
    relay.say("default", "b", "a", { reject: { offer: "1:1" } });
    await until(a, () => steps.filter(name => name === "stale-answer").length === 2);
    await bothMoving(a, b);
    assertNoErrors(a, b);
  });
});
