/* What a Peer does around its negotiation, on connections and a clock that are made up.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

// --- A clock that is told what time it is.

const clock = { now: 1000, timers: new Map(), n: 0 };
Object.defineProperty(globalThis, "performance", { value: { now: () => clock.now } });
globalThis.setTimeout = (callback, ms) => {
  clock.timers.set(++clock.n, { callback, time: clock.now + ms });
  return clock.n;
};
globalThis.clearTimeout = id => clock.timers.delete(id);
globalThis.reportError = error => clock.errors.push(error.message);

/** All promises that can be settled without the clock are. */
const settle = () => new Promise(resolve => setImmediate(resolve));

async function pass(ms) {
  const end = clock.now + ms;
  for (;;) {
    const [id, timer] = Array.from(clock.timers).sort(([, a], [, b]) => a.time - b.time)
      .find(([, { time }]) => time <= end) ?? [];
    if (!timer)
      break;
    clock.timers.delete(id);
    clock.now = Math.max(clock.now, timer.time);
    timer.callback();
    await settle();
  }
  clock.now = end;
}

// --- A connection that agrees to everything but what says "bad".

let nConnections = 0;

class FakeConnection extends EventTarget {
  static all = [];
  static isStuck = false;          // operations never end

  connectionState = "new";
  iceGatheringState = "new";
  localDescription = null;
  remoteDescription = null;
  isClosed = false;
  applied = [];
  #id = ++nConnections;
  #version = 0;

  constructor() {
    super();
    FakeConnection.all.push(this);
  }

  #make(type) {
    return { type, sdp: `v=0\r\no=- ${this.#id} ${++this.#version} IN IP4 0.0.0.0\r\n`
      + `m=audio 9 X 0\r\na=ice-ufrag:own${this.#id}\r\n` };
  }

  async createOffer() {
    if (FakeConnection.isStuck)
      await new Promise(() => {});
    return this.#make("offer");
  }

  async setLocalDescription(description) {
    const isAnswer = this.remoteDescription?.type === "offer";
    if (!description && FakeConnection.isStuck)
      await new Promise(() => {});
    this.localDescription = description ?? this.#make(isAnswer ? "answer" : "offer");
  }

  async setRemoteDescription(description) {
    if (description.sdp.includes("bad")) {
      await settle();
      throw new Error("it is bad");
    }
    this.applied.push(description.sdp);
    this.remoteDescription = description;
  }

  async addIceCandidate() {}
  getTransceivers() { return []; }
  close() { this.isClosed = true; }
}
globalThis.RTCPeerConnection = FakeConnection;

const { Peer } = await import("../../ext/soup/page/peer.js");

const sdp = (id, ufrag, more = "") =>
  `v=0\r\no=- ${id} IN IP4 0.0.0.0\r\nm=audio 9 X 0\r\na=ice-ufrag:${ufrag}\r\n${more}`;

describe("a peer", () => {
  let peer, sent, steps, isOpen;

  async function make(options = {}) {
    peer = new Peer({ polite: true, send: message => sent.push(message),
      isOpen: () => isOpen, negotiationTimeout: 1000, ...options });
    peer.onevent = ({ name, reason }) => steps.push(reason ? `${name}: ${reason}` : name);
    await settle();
  }

  const need = async () => {
    peer.pc.dispatchEvent(new Event("negotiationneeded"));
    await settle();
  };
  const receive = async message => {
    peer.receive(message);
    await settle();
  };
  const kinds = () => sent.map(({ description, restart, reject, bye }) =>
    description?.type ?? (reject ? "reject" : bye ? "bye"
      : restart ? `restart ${restart.session}` : "candidate"));

  /** With a remote connection of the o= line's session 7. */
  async function call() {
    await make();
    await need();
    await receive({ description: { type: "answer", sdp: sdp("7 1", "r") } });
    assert.equal(steps.at(-1), "stable");
    sent.length = steps.length = 0;
  }

  beforeEach(() => {
    Object.assign(clock, { timers: new Map(), errors: [] });
    FakeConnection.all = [];
    FakeConnection.isStuck = false;
    sent = [];
    steps = [];
    isOpen = true;
  });

  it("begins once its owner can send, on the connection that it has", async () => {
    await make();
    assert.deepEqual(kinds(), ["restart 0"]);
    assert.equal(FakeConnection.all.length, 1);
  });

  it("restarts where an offer is not answered", async () => {
    await make();
    await need();
    await pass(999);
    assert.equal(peer.session, 0);
    await pass(1);
    assert.deepEqual([peer.session, steps.at(-1)],
      [1, "restarted: an offer was not answered in time"]);
  });

  it("makes no offer while signalling is lost", async () => {
    await make();
    isOpen = false;
    await need();
    await pass(100000);
    assert.deepEqual(kinds(), ["restart 0"]);
    isOpen = true;
    peer.resume();
    await settle();
    assert.deepEqual(kinds(), ["restart 0", "offer"]);
    assert.deepEqual(steps, ["offer-sent"]);
  });

  it("makes an offer that was asked for when signalling is back", async () => {
    await make();
    isOpen = false;
    peer.negotiate();
    await settle();
    isOpen = true;
    peer.resume();
    await settle();
    assert.deepEqual(kinds(), ["restart 0", "offer"]);
  });

  it("makes its offer although one that came meanwhile was bad", async () => {
    await call();
    isOpen = false;
    await need();
    await receive({ description: { type: "offer", sdp: sdp("7 2", "r", "bad") } });
    await settle();
    isOpen = true;
    peer.resume();
    await settle();
    assert.deepEqual(kinds(), ["reject", "offer"]);
  });

  it("waits anew for an answer that signalling may have lost", async () => {
    await make();
    await need();
    isOpen = false;
    await pass(5000);
    assert.equal(peer.session, 0);
    isOpen = true;
    peer.resume();
    await pass(999);
    assert.equal(peer.session, 0);
    await pass(1);
    assert.equal(peer.session, 1);
  });

  it("restarts a connection that failed when signalling is back", async () => {
    await call();
    isOpen = false;
    peer.pc.connectionState = "failed";
    peer.pc.dispatchEvent(new Event("connectionstatechange"));
    assert.equal(peer.session, 0);
    isOpen = true;
    peer.resume();
    assert.deepEqual([peer.session, steps.at(-1)], [1, "restarted: the connection failed"]);
  });

  it("does not give up what works for an offer that does not", async () => {
    await call();
    const { pc } = peer;
    peer.receive({ description: { type: "offer", sdp: sdp("8 1", "n", "bad") } });
    // What comes behind it is not lost, nor out of its order.
    peer.receive({ description: { type: "offer", sdp: sdp("7 2", "r") } });
    peer.receive({ description: { type: "offer", sdp: sdp("7 3", "r") } });
    await settle();
    await settle();
    assert.equal(peer.pc, pc);
    assert.deepEqual(kinds(), ["reject", "answer", "answer"]);
    assert.deepEqual(pc.applied.slice(1), [sdp("7 2", "r"), sdp("7 3", "r")]);
    assert.deepEqual([peer.stats.restarts, peer.stats.messagesRejected], [0, 1]);
    assert.ok(FakeConnection.all.every(one => one === pc || one.isClosed));
  });

  it("follows an offer of a new connection that works", async () => {
    await call();
    const { pc } = peer;
    await receive({ description: { type: "offer", sdp: sdp("8 1", "n") } });
    assert.notEqual(peer.pc, pc);
    assert.ok(pc.isClosed);
    assert.deepEqual(kinds(), ["answer"]);
    assert.equal(sent[0].offer, "8:1");
  });

  it("does not wait for operations that hang when it restarts", async () => {
    await call();
    FakeConnection.isStuck = true;
    await need();
    assert.ok(peer.makingOffer);
    FakeConnection.isStuck = false;
    peer.restart("test");
    await settle();
    assert.deepEqual([peer.session, peer.makingOffer], [1, false]);
    assert.deepEqual(steps, ["restarted: test"]);
  });

  it("an application may think about an offer, and think too long", async () => {
    await call();
    const verdicts = [];
    peer.onoffer = () => new Promise(resolve => verdicts.push(resolve));
    await receive({ description: { type: "offer", sdp: sdp("7 2", "r") } });
    assert.equal(peer.signalingState, "have-remote-offer");
    await receive({ description: { type: "offer", sdp: sdp("7 3", "r") } });
    verdicts[0](true);
    await settle();
    assert.deepEqual(kinds(), []);
    verdicts[1](false);
    await settle();
    assert.deepEqual(sent.map(({ reject }) => reject), [{ offer: "7:3" }]);
    assert.equal(steps.at(-1), "offer-rejected: the application declined it");
  });

  it("survives an application that throws", async () => {
    await make({ send: () => { throw new Error("no line"); } });
    await need();
    assert.deepEqual(clock.errors, ["no line", "no line"]);
    assert.equal(peer.signalingState, "have-local-offer");
  });

  it("is silent once it is closed", async () => {
    await call();
    peer.close();
    assert.deepEqual([kinds(), peer.signalingState], [["bye"], "closed"]);
    assert.equal(clock.timers.size, 0);
    await receive({ description: { type: "offer", sdp: sdp("7 2", "r") } });
    peer.restart();
    peer.negotiate();
    peer.resume();
    await pass(100000);
    assert.deepEqual(kinds(), ["bye"]);
  });
});
