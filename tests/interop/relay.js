/* A small server of the room protocol (docs/protocol.md) and of the page, for
 * tests: it can hold messages back, and lose connections.  At /dumb it forwards
 * each frame to the one other client, as it is (protocol=w3c); the first one may speak
 * before the other is there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";
import { PATIENCE } from "./browser.js";

const PAGE = new URL("../../ext/soup/page/", import.meta.url);
const OWN = new URL("pages/", import.meta.url);
/* The module as it is served, instead of its sources. */
const MODULE = process.env.MODULE && pathToFileURL(process.env.MODULE);
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript",
  ".css": "text/css" };

export class Relay {
  /** Each message between peers: {from, to, data}. */
  messages = [];
  /** How long a message from `from` to `to` takes, in ms.  At /dumb, `from` is
   * "page" or "element". */
  delay = () => 0;
  /** How many times it is delivered. */
  copies = () => 1;
  /** What becomes of data; null: it is lost. */
  filter = (data, _from, _to) => data;
  isRefusing = false;

  #rooms = new Map();              // name → Map of id → { ws, resume, kept }
  #dumb = new Set();
  #early = [];                     // what was said before a second one ever came; or null
  #folders;
  #log = null;

  /** With pages of these folders, besides the element's. */
  static async start(folders = [OWN]) {
    const relay = new Relay();
    relay.#folders = [PAGE, ...folders];
    relay.http = createServer((request, response) => relay.#serve(request, response));
    relay.wss = new WebSocketServer({ noServer: true });
    relay.http.on("upgrade", (request, socket, head) => {
      if (relay.isRefusing) {
        socket.destroy();
        return;
      }
      relay.wss.handleUpgrade(request, socket, head, ws => {
        ws.on("error", () => {});
        if (request.url.startsWith("/dumb"))
          relay.#acceptDumb(ws, request.headers.origin ? "page" : "element");
        else
          relay.#accept(ws);
      });
    });
    await new Promise(resolve => relay.http.listen(0, "127.0.0.1", resolve));
    relay.port = relay.http.address().port;
    relay.url = `http://127.0.0.1:${relay.port}/`;
    relay.ws = `ws://127.0.0.1:${relay.port}/ws`;
    relay.dumb = `ws://127.0.0.1:${relay.port}/dumb`;
    return relay;
  }

  async stop() {
    for (const ws of this.wss.clients)
      ws.terminate();
    this.http.closeAllConnections();
    await new Promise(resolve => this.http.close(resolve));
  }

  /** Breaks every connection, without a close frame. */
  breakAll() {
    for (const ws of this.wss.clients)
      ws.terminate();
  }

  /** As a server that was started anew. */
  forgetAll() {
    this.#rooms.clear();
    this.breakAll();
  }

  /** Says something in the name of `from`. */
  say(room, from, to, data) {
    this.#deliver(this.#rooms.get(room)?.get(to), { type: "message", from, data });
  }

  /** Holds everything back until both sides have made an offer, and then lets it
   * go: they collide for sure. */
  async holdUntilGlare() {
    const { filter } = this;
    const offers = new Set();
    const held = [];
    await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`no glare: only ${Array.from(offers.keys(),
        side => side.url ?? side)} made an offer`)), PATIENCE).unref();
      this.filter = (data, from, to) => {
        held.push([data, from, to]);
        if (data.description?.type === "offer" && offers.add(from).size === 2)
          resolve();
        return null;
      };
    });
    this.filter = filter;
    for (const [data, from, to] of held) {
      if (to)
        this.say("default", from, to, data);
      else
        this.sayDumb(from, data);
    }
  }

  async #serve(request, response) {
    const path = new URL(request.url, this.url).pathname.slice(1) || "index.html";
    for (const folder of this.#folders) {
      try {
        const isModule = MODULE && path === "webrtc-negotiator.js";
        const body = await readFile(isModule ? MODULE : new URL(path, folder));
        response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain" });
        response.end(body);
        return;
      } catch { /* the next folder */ }
    }
    response.writeHead(404).end();
  }

  #acceptDumb(ws, side) {
    this.#dumb.add(ws);
    if (this.#dumb.size > 1) {
      this.#early?.forEach(data => ws.send(JSON.stringify(data)));
      this.#early = null;
    }
    ws.on("close", () => this.#dumb.delete(ws));
    ws.on("message", text => {
      const sent = JSON.parse(text);
      this.messages.push({ from: side, data: sent });
      this.#record(side, sent);
      const data = this.filter(sent, ws, undefined, side);
      if (data === null)
        return;
      this.#after(this.delay(side), () => {
        for (let i = this.copies(side); i > 0; i--)
          this.sayDumb(ws, data);
      });
    });
  }

  /** Says something in the name of the client `from` of /dumb. */
  sayDumb(from, data) {
    this.#early?.push(data);
    for (const other of this.#dumb)
      if (other !== from)
        other.send(JSON.stringify(data));
  }

  /** With SDP_LOG=FOLDER, what the test called `name` sends is written there. */
  record(name) {
    if (!process.env.SDP_LOG)
      return;
    mkdirSync(process.env.SDP_LOG, { recursive: true });
    this.#log = join(process.env.SDP_LOG, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.txt`);
    appendFileSync(this.#log, `===== ${name}\n`);
  }

  #record(from, { description, candidate }) {
    if (this.#log)
      appendFileSync(this.#log, `${Date.now() % 1000000} ${from} `
        + (description ? `${description.type}\n${description.sdp}\n`
          : `${JSON.stringify(candidate)}\n`));
  }

  #accept(ws) {
    const own = { room: null, id: null };
    const send = frame => ws.send(JSON.stringify(frame));

    ws.on("message", text => {
      const frame = JSON.parse(text);
      if (frame.type === "join") {
        this.#join(ws, own, frame, send);
      } else if (frame.type === "message") {
        this.#forward(own, frame, send);
      } else if (frame.type === "leave") {
        ws.close();
      }
    });
    ws.on("close", code => {
      const place = this.#rooms.get(own.room)?.get(own.id);
      if (place?.ws !== ws)
        return;
      place.ws = null;
      if (code !== 1006)
        this.#leave(own);
    });
  }

  #join(ws, own, { room = "default", id, resume }, send) {
    if (!this.#rooms.has(room))
      this.#rooms.set(room, new Map());
    const places = this.#rooms.get(room);
    const place = places.get(id);
    const isResumed = place && place.resume === resume;
    if (place && !isResumed) {
      send({ type: "error", code: "id-in-use", message: "Someone is here by that id" });
      return;
    }
    Object.assign(own, { room, id });
    const kept = place?.kept ?? [];
    const key = randomBytes(8).toString("hex");
    const peers = Array.from(places.keys()).filter(other => other !== id);
    places.set(id, { ws, resume: key, kept: [] });
    send({ type: "joined", room, id, peers, resume: key,
      ...isResumed ? { resumed: true } : {} });
    kept.forEach(send);
    if (!isResumed)
      this.#tell(room, id, "peer-joined");
  }

  #leave({ room, id }) {
    this.#rooms.get(room).delete(id);
    this.#tell(room, id, "peer-left");
  }

  /** In its turn with what came from `id` before. */
  #tell(room, id, type) {
    for (const other of this.#rooms.get(room).keys())
      if (other !== id)
        this.#after(this.delay(id, other), () =>
          this.#deliver(this.#rooms.get(room)?.get(other), { type, id }));
  }

  #forward({ room, id: from }, { to, data: sent }, send) {
    this.messages.push({ from, to, data: sent });
    this.#record(from, sent);
    const data = this.filter(sent, from, to);
    if (data === null)
      return;
    this.#after(this.delay(from, to), () => {
      const place = this.#rooms.get(room)?.get(to);
      if (place)
        for (let i = this.copies(from, to); i > 0; i--)
          this.#deliver(place, { type: "message", from, data });
      else
        send({ type: "error", code: "unknown-peer", message: "Nobody is here by that id" });
    });
  }

  #after(ms, deliver) {
    if (ms > 0)
      setTimeout(deliver, ms);
    else
      deliver();
  }

  #deliver(place, frame) {
    if (place?.ws)
      place.ws.send(JSON.stringify(frame));
    else
      place?.kept.push(frame);
  }
}
