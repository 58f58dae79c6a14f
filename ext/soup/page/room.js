/* A room on a server: docs/protocol.md
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { Emitter } from "./emitter.js";
import { Line } from "./line.js";
import { ID, MAX_MESSAGE, check, isObject, isText, randomId } from "./message.js";
import { Peer } from "./peer.js";
import { ROLES, isPolite } from "./role.js";

const MAX_OUTBOX = 1024;           // messages that wait for the server
const MAX_PEERS = 1024;

/**
 * A room on a server, joined at once and until close ().
 *
 * Events: `peer`, `peerleft` (both handlers get the Peer), `state` (`connecting`,
 * `joined`, `lost`, `refused`, `closed`), `error` ({code, message}), and `event`
 * for each step of each negotiation.
 *
 * A lost connection to the server is made again by itself; media goes on.
 */
export class Room extends Emitter {
  #line;
  #resume = undefined;
  #outbox = [];
  #absent = new Set();             // ids of those that the server lost
  #options;

  constructor({ uri = defaultUri(), room = "default", id = null, token = null,
    role = "auto", rtcConfig = {}, negotiationTimeout = 10000 } = {}) {
    super();
    check(ID.test(room), "A room's name is 1 to 64 of A-Z a-z 0-9 . _ -");
    check(id === null || ID.test(id), "An id is 1 to 64 of A-Z a-z 0-9 . _ -");
    check(ROLES.includes(role),
      "A role is auto, auto-lesser, polite or impolite");
    this.uri = uri;
    this.room = room;
    this.id = id ?? randomId();
    this.role = role;
    this.peers = new Map();
    this.state = "connecting";
    this.#options = { token, rtcConfig, negotiationTimeout };
    this.#line = new Line(uri, {
      opened: () => this.#join(),
      received: text => this.#receive(text),
      lost: isStranger => {
        this.#lose();
        if (isStranger)
          this.#complainOfSilence();
      },
    });
  }

  /** Leaves, and closes the connections to all peers. */
  close() {
    this.#line.send('{"type":"leave"}');
    this.#line.close();
    for (const peer of this.peers.values())
      this.#removePeer(peer);
    this.#setState("closed");
  }

  #setState(state) {
    if (this.state === state)
      return;
    this.state = state;
    this.emit("state", { state });
  }

  #report(name, detail) {
    this.emit("event", { peer: null, name, time: performance.now(), ...detail });
  }

  // --- The connection to the server.

  #join() {
    const { room, id } = this;
    this.#line.send(JSON.stringify({ type: "join", version: 1, room, id,
      token: this.#options.token, resume: this.#resume }));
  }

  #lose() {
    if (this.state === "joined")
      this.#report("signaller-lost");
    this.#setState("lost");
  }

  /** Browsers do not say why there is no connection. */
  #complainOfSilence() {
    this.#complain("unreachable", `${this.uri} cannot be reached, or refuses pages of `
      + `${globalThis.location?.origin}. Start the server there; if it runs, set its allowed-origins`);
  }

  #send(to, data) {
    const text = JSON.stringify({ type: "message", to, data });
    if (text.length > MAX_MESSAGE)
      this.#complain("too-large", "A message of more than 256 KiB was not sent");
    else if (this.state === "joined")
      this.#line.send(text);
    else if (this.#outbox.length < MAX_OUTBOX)
      this.#outbox.push({ to, text });
  }

  #complain(code, message) {
    this.emit("error", { code, message });
  }

  // --- What the server says.

  #receive(text) {
    try {
      check(isText(text, 2 * MAX_MESSAGE), "a frame is no text, or too long");
      const frame = JSON.parse(text);
      check(isObject(frame), "a frame is not an object");
      this.#handle(frame);
    } catch (error) {
      this.#report("message-rejected", { reason: error.message });
    }
  }

  #handle(frame) {
    const { type, id, from, data, code, message } = frame;
    if (type === "error") {
      this.#handleError(String(code), String(message));
    } else if (type === "joined") {
      this.#handleJoined(frame);
    } else if (this.state !== "joined") {
      check(false, "a frame before the room was joined");
    } else if (type === "peer-joined") {
      check(ID.test(id) && id !== this.id, "a peer without an id joined");
      this.#addPeer(id);
    } else if (type === "peer-left") {
      const peer = this.peers.get(id);
      if (peer)
        this.#removePeer(peer);
    } else if (type === "message") {
      this.peers.get(from)?.receive(data);
    }
  }

  #handleJoined({ id, peers, resume, resumed }) {
    check(ID.test(id) && Array.isArray(peers) && peers.length <= MAX_PEERS
      && peers.every(other => ID.test(other) && other !== id), "an odd join");
    const isBack = this.#resume !== undefined || this.peers.size > 0;
    this.#line.agree();
    this.#resume = isText(resume, 256) ? resume : undefined;
    this.id = id;

    // The others may be new ones of the same name, or have to come back as we
    // had to: a connection that works is kept as long as it does.
    for (const peer of this.peers.values())
      if (resumed !== true && peer.connectionState !== "connected"
          || resumed === true && !peers.includes(peer.id))
        this.#removePeer(peer);
    this.#setState("joined");
    this.#report(isBack ? "signaller-back" : "joined", { id, resumed });

    for (const { to, text } of this.#outbox.splice(0))
      if (this.peers.has(to))
        this.#line.send(text);
    for (const other of peers)
      this.#addPeer(other);
    this.#absent = new Set(Array.from(this.peers.keys()).filter(
      other => !peers.includes(other)));
    for (const peer of this.peers.values())
      peer.resume();
  }

  #handleError(code, message) {
    // Somebody left just before we wrote to them: peer-left says the same.
    if (code === "unknown-peer")
      return;
    if (this.state !== "joined") {
      if (["id-in-use", "room-full", "rate-limited"].includes(code)) {
        this.#line.retry();        // all of them may pass
        this.#lose();
      } else {
        this.#line.close();
        this.#setState("refused");
      }
    }
    this.#complain(code, message);
  }

  // --- The others.

  #addPeer(id) {
    this.#absent.delete(id);
    if (this.peers.has(id))
      return;
    const { rtcConfig, negotiationTimeout } = this.#options;
    const peer = new Peer({
      id, rtcConfig, negotiationTimeout,
      polite: isPolite(this.role, this.id, id),
      send: message => this.#send(id, message),
      isOpen: () => this.state === "joined",
      saysBye: false,              // the server says it
    });
    this.peers.set(id, peer);
    peer.addEventListener("bye", () => this.#removePeer(peer));
    peer.addEventListener("event", ({ isTrusted, ...detail }) =>
      this.emit("event", detail));
    peer.addEventListener("state", ({ connection }) => {
      if (this.#absent.has(id) && connection !== "connected" && !peer.closed)
        this.#removePeer(peer);
    });
    this.#report("peer-joined", { peer, id });
    this.emit("peer", { peer }, peer);
  }

  #removePeer(peer) {
    this.peers.delete(peer.id);
    this.#absent.delete(peer.id);
    this.#outbox = this.#outbox.filter(({ to }) => to !== peer.id);
    peer.close();
    this.#report("peer-left", { peer, id: peer.id });
    this.emit("peerleft", { peer }, peer);
  }
}

/** The server that this module came from. */
function defaultUri() {
  const uri = new URL("ws", import.meta.url);
  uri.protocol = uri.protocol === "https:" ? "wss:" : "ws:";
  return uri.href;
}
