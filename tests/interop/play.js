/* Scripts (script.js), played with a page and the element, and a model that says what
 * each has to receive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { PATIENCE, closeTab, openTab, until } from "./browser.js";
import { Application } from "./pipeline.js";
import { Relay } from "./relay.js";
import { parse } from "./script.js";

const DIRECTIONS = { s: "sendonly", r: "recvonly", b: "sendrecv", i: "inactive" };
const sends = direction => /send/.test(direction);
const receives = direction => /recv/.test(direction);
const ssrcOf = name => 1000000 + Number(name);

/** What scripts do in the page, there. */
function install(isModule) {
  const sent = new Map();          // name → track
  const peer = () => room.peers.get("element");
  const connection = () => isModule ? peer().pc : pc;
  /** Of each mid of the remote description, the name of the stream that is sent: it
   * is in its SSRC. */
  const remoteNames = () => new Map((connection().currentRemoteDescription?.sdp ?? "")
    .split(/^(?=m=)/m).slice(1).map(section => [/^a=mid:(\S+)/m.exec(section)?.[1],
      /^m=\S+ 0 /.test(section) && !/^a=bundle-only/m.test(section) ? undefined
        : /^a=ssrc:10000*(\d+) /m.exec(section)?.[1]]));
  const find = name => connection().getTransceivers().find(name.startsWith("e")
    ? ({ mid }) => mid !== null && remoteNames().get(mid) === name.slice(1)
    : ({ sender }) => sender.track && sender.track === sent.get(name));

  window.script = {
    add(name) {
      if (isModule) {
        const stream = picture();
        sent.set(name, stream.getVideoTracks()[0]);
        peer().addTrack(sent.get(name), stream);
      } else {
        sent.set(name, sendPicture().track);
      }
    },
    remove(name) {
      const track = sent.get(name);
      if (isModule)
        peer().removeTrack(track);
      else
        pc.removeTrack(pc.getSenders().find(sender => sender.track === track));
    },
    /** Returns the mid. */
    stop(name) {
      const transceiver = find(name);
      if (!transceiver)
        return null;
      const { mid, sender: { track } } = transceiver;
      transceiver.stop();
      // Else a restart of the module's would send it again.
      if (isModule && track)
        peer().removeTrack(track);
      return mid;
    },
    direct(name, direction) {
      const transceiver = find(name);
      if (!transceiver)
        return null;
      transceiver.direction = direction;
      return transceiver.mid;
    },
    ice() { connection().restartIce(); },
    ask() { peer().negotiate(); },
    restart() { peer().restart(); },
    /** What is sent, and where to, for failures' messages. */
    async traffic() {
      return Array.from((await connection().getStats()).values(), report => {
        const names = {
          "outbound-rtp": ["mid", "packetsSent", "framesEncoded"],
          "inbound-rtp": ["mid", "packetsReceived", "framesDecoded"],
          "remote-inbound-rtp": ["ssrc", "packetsLost"],
          "transport": ["dtlsState", "iceState", "packetsSent", "packetsReceived"],
          "candidate-pair": ["state", "nominated", "packetsSent", "bytesSent",
            "bytesReceived", "responsesReceived"],
        }[report.type];
        return names && `${report.type} ${names.filter(name => name in report).map(name =>
          `${name} ${report[name]}`).join(", ")}`;
      }).filter(Boolean).concat(connection().getSenders().map(({ transport, track }) =>
        `sender ${track?.readyState} ${transport?.state} ${transport?.iceTransport?.state}`));
    },
    async state() {
      if (isModule && !peer())
        return null;
      const frames = new Map();
      for (const { type, mid, framesDecoded } of (await connection().getStats()).values())
        if (type === "inbound-rtp")
          frames.set(mid, (frames.get(mid) ?? 0) + (framesDecoded ?? 0));
      const names = remoteNames();
      const ownName = track => Array.from(sent).find(([, own]) => own === track)?.[0];
      const { signalingState, connectionState } = isModule ? peer() : pc;
      return {
        signalingState, connectionState,
        sections: connection().getTransceivers().filter(({ direction }) =>
          direction !== "stopped").map(({ mid, direction, currentDirection, sender }) => ({
          mid, direction, currentDirection,
          own: sender.track && ownName(sender.track),
          remote: mid === null ? undefined : names.get(mid),
          frames: frames.get(mid) ?? 0,
        })),
      };
    },
  };
}

class Play {
  glares = 0;
  #streams = { E: new Map(), P: new Map() };
  #mids = new Map();               // of the element's streams, while they do not come

  constructor(browser, text) {
    this.browser = browser;
    this.text = text;
    this.steps = parse(text);
    for (const { option, value } of this.steps)
      if (option)
        this[option] = value;
    this.isModule = this.page === "module";
  }

  async run() {
    this.relay = await Relay.start();
    this.relay.record(this.text);
    const { relay } = this;
    if (this.delay) {
      const [toPage, toElement] = this.delay.split(",").map(Number);
      relay.delay = from => from === "page" ? toElement : toPage;
    }
    if (this.dup) {
      const [toPage, toElement] = this.dup.split(",").map(Number);
      relay.copies = from => from === "page" ? toElement : toPage;
    }
    this.application = new Application(`role=${this.role} negotiation-timeout=60000 `
      + (this.isModule ? `peer-id=element signaller-uri=${relay.ws}`
        : `protocol=w3c signaller-uri=${relay.dumb}`));
    try {
      await this.application.untilEvent("joined");
      await this.#open();
      for (const step of this.steps) {
        this.current = step.word;
        await this.#do(step);
      }
      await this.#assertUneventful();
    } finally {
      if (this.tab)
        await closeTab(this.tab);
      try {
        await this.application.stop();
      } finally {
        await relay.stop();
      }
    }
  }

  async #open() {
    const { relay } = this;
    const other = this.role === "polite" ? "impolite" : "polite";
    const url = relay.url + (this.isModule ? `module.html?id=page&role=${other}`
      : `w3c.html?polite=${other === "polite" ? 1 : 0}&send=0&uri=${
        encodeURIComponent(relay.dumb)}`);
    if (this.tab)
      await this.tab.goto("about:blank");
    if (this.tab)
      await this.tab.goto(url);
    else
      this.tab = await openTab(this.browser, url);
    await until(this.tab, isModule => isModule ? window.isReady : window.pc, this.isModule);
    await this.tab.evaluate(install, this.isModule);
    if (!this.isModule)
      return;
    await this.tab.evaluate(() => { window.join({ negotiationTimeout: 60000 }); });
    await until(this.tab, () => room.peers.has("element"));
  }

  async #do({ line, ms, side, act, stream, directing, directed, direction, who, verb }) {
    if (line === "hold")
      this.#hold();
    else if (line === "release")
      await this.#release();
    else if (line === "~")
      await this.#settle();
    else if (ms)
      await new Promise(resolve => setTimeout(resolve, Number(ms)));
    else if (side)
      await this.#change(side, act, stream);
    else if (directing)
      await this.#direct(directing, directed, DIRECTIONS[direction]);
    else if (who)
      await this.#say(who, verb);
  }

  async #say(who, verb) {
    if (verb === "reload")
      await this.#reload();
    else if (who === "E")
      this.application.emit(verb === "ask" ? "negotiate" : verb);
    else
      await this.tab.evaluate(verb => window.script[verb](), verb);
    // Both begin anew: what was stopped may come again.
    if (verb === "restart" || verb === "reload")
      for (const own of this.#streams.E.values())
        if (own.must !== "come")
          own.must = "may";
  }

  async #reload() {
    this.#streams.P.clear();
    await this.#open();
  }

  async #change(side, act, name) {
    const own = this.#streams[side];
    if (act === "+") {
      // Where the page has a section in which it takes nothing, or stops one now, that
      // may be the one.
      const isSure = side === "P" || !(this.isDirected || this.isStopping);
      own.set(name, { must: isSure ? "come" : "may", isSettled: false, direction: "sendrecv" });
    }
    if (act === "-") {
      // It may have been stopped, with another one's section.
      if (!own.delete(name))
        return;
      this.#mids.delete(name);
    }
    if (act === "!") {
      await this.#stop(name);
      return;
    }
    if (side === "E" && act === "+")
      this.application.add(ssrcOf(name));
    else if (side === "E")
      this.application.remove(ssrcOf(name));
    else
      await this.tab.evaluate(([method, name]) => script[method](name),
        [act === "+" ? "add" : "remove", name]);
  }

  /** What comes in that section ends with it. */
  async #stop(name) {
    const { sections } = await this.tab.evaluate(() => script.state());
    const mid = await this.tab.evaluate(name => script.stop(name), name);
    this.#streams.P.delete(name);
    this.isStopping = true;
    const there = sections.find(section => section.mid === mid && mid !== null);
    this.#streams.P.delete(there?.own);
    for (const [other, own] of this.#streams.E)
      if (there?.remote === other)
        own.must = "end";
      else if (!own.isSettled)
        own.must = "may";
  }

  async #direct(side, name, direction) {
    const { sections } = await this.tab.evaluate(() => script.state());
    if (side === "E") {
      const own = this.#streams.E.get(name);
      own.direction = direction;
      const mid = sections.find(({ remote }) => remote === name)?.mid;
      if (mid !== undefined)
        this.#mids.set(name, mid);
      this.application.direct(ssrcOf(name), direction.toUpperCase());
      return;
    }
    const mid = await this.tab.evaluate(([name, direction]) =>
      script.direct(name, direction), [name, direction]);
    this.isDirected = direction !== "sendrecv";
    const remote = sections.find(section => section.mid === mid)?.remote;
    if (remote && !this.#mids.has(remote))
      this.#mids.set(remote, mid);
  }

  #hold() {
    const offers = new Set();
    const held = [];
    this.held = held;
    this.offered = new Promise(resolve => {
      this.relay.filter = (data, from, to, side) => {
        held.push([data, from, to]);
        if (data.description?.type === "offer" && offers.add(side ?? from).size === 2)
          resolve(true);
        return null;
      };
    });
  }

  async #release() {
    let timer;
    const isGlare = await Promise.race([this.offered, new Promise(resolve => {
      timer = setTimeout(() => resolve(false), PATIENCE / 6);
    })]);
    clearTimeout(timer);
    if (isGlare)
      this.glares++;
    this.relay.filter = data => data;
    for (const [data, from, to] of this.held)
      if (to)
        this.relay.say("default", from, to, data);
      else
        this.relay.sayDumb(from, data);
  }

  /** What differs from the model; `since`: the page's state when this settling began,
   * and how many frames the element had. */
  #judge(page, element, since) {
    const complaints = [];
    if (!page)
      return ["the page has no peer"];
    const former = new Map(since.page?.sections.map(({ mid, frames }) => [mid, frames]));
    const coming = new Map(page.sections.filter(({ currentDirection, remote }) =>
      receives(currentDirection) && remote).map(section => [section.remote, section]));
    let wanted = 0;

    for (const name of coming.keys())
      if (!this.#streams.E.has(name))
        complaints.push(`E${name} comes, and was removed`);
    for (const [name, { must, direction }] of this.#streams.E) {
      const mid = this.#mids.get(name);
      const there = page.sections.find(section => mid !== undefined && section.mid === mid);
      const isTaken = sends(direction) && (!there || receives(there.direction));
      const section = coming.get(name);
      if (must === "come" && isTaken) {
        wanted++;
        if (!section || section.frames <= (former.get(section.mid) ?? 0))
          complaints.push(`E${name} does not come: ${JSON.stringify(section)}`);
      } else if (section && (must === "end" || !isTaken)) {
        complaints.push(`E${name} comes`);
      }
    }

    let expected = 0;
    for (const name of this.#streams.P.keys()) {
      const section = page.sections.find(({ own }) => own === name);
      if (!section) {
        complaints.push(`the page lost P${name}`);
        continue;
      }
      const inPad = Array.from(this.#streams.E).find(([other]) =>
        other === section.remote || this.#mids.get(other) === section.mid);
      if (sends(section.direction) && (!inPad || receives(inPad[1].direction)))
        expected++;
    }
    const more = element.decoded.map((frames, i) => frames - (since.decoded[i] ?? 0));
    const moving = more.filter(frames => frames >= 1).length;
    if (moving !== expected || more.filter(frames => frames >= 3).length !== expected)
      complaints.push(`the element receives ${moving} streams (${more.map(Math.round)}), `
        + `not ${expected}`);

    if (page.signalingState !== "stable")
      complaints.push(`the page is in ${page.signalingState}`);
    if (element["signaling-state"] !== "stable")
      complaints.push(`the element is in ${element["signaling-state"]}`);
    if (wanted + expected > 0 && (page.connectionState !== "connected"
      || element["connection-state"] !== "connected"))
      complaints.push(`the page is ${page.connectionState}, the element ${
        element["connection-state"]}`);
    return complaints;
  }

  async #look() {
    const page = await this.tab.evaluate(() => script.state());
    const element = await this.application.state;
    element.decoded = this.application.decoded;
    return { page, element };
  }

  async #settle() {
    const end = Date.now() + PATIENCE;
    let since = null;
    let complaints, told;
    do {
      const { page, element } = await this.#look();
      const last = this.relay.messages.findLast(({ data }) => data.description);
      since ??= { page, decoded: element.decoded, time: Date.now() };
      complaints = this.#judge(page, element, since);
      if (last && last.data.description.type !== "answer" && !last.data.reject)
        complaints.push("an offer is not answered");
      if (complaints.length === 0) {
        this.isStopping = false;
        for (const own of this.#streams.E.values())
          own.isSettled = true;
        return;
      }
      // From now on: what came at first may have ended.
      if (Date.now() - since.time > 1500) {
        told = complaints;
        since = null;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    } while (Date.now() < end);
    const log = await this.tab.evaluate(async () =>
      [...window.log?.slice(-20) ?? [], ...await script.traffic()]).catch(() => []);
    assert.fail(`not settled: ${(told ?? complaints).join("; ")}\n  element:\n  ${
      this.application.story}\n  page:\n  ${log.join("\n  ")}\n  ${
      this.tab.errors.join("\n  ")}`);
  }

  async #assertUneventful() {
    const stats = await this.application.stats;
    // A fresh connection is the element's answer to the stop of the first section.
    if (!this.steps.some(({ verb, act }) => /restart|reload/.test(verb) || act === "!"))
      assert.equal(stats.restarts, 0,
        `the element began again, unasked\n  ${this.application.story}`);
    assert.equal(stats["messages-rejected"], 0,
      `the element rejected a message\n  ${this.application.story}`);
    assert.deepEqual(this.tab.errors, [], "the console has errors");
  }
}

/** Returns how many glares there were. */
export async function play(browser, text) {
  const game = new Play(browser, text);
  try {
    await game.run();
  } catch (error) {
    error.message = `at ${game.current}: ${error.message}`;
    throw error;
  }
  return game.glares;
}
