/* webrtc-negotiator.js: rooms, and connections in them that negotiate themselves
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     import { Room } from "/webrtc-negotiator.js";
 *
 *     const room = new Room({ uri: "ws://127.0.0.1:8443/ws", room: "default" });
 *     room.onpeer = peer => {
 *       peer.ontrack = ({ streams }) => video.srcObject = streams[0];
 *       peer.addTrack(track, stream);              // now or at any time later
 *     };
 *
 * A Room finds the others; there is a Peer for each.  Whatever either side adds or
 * removes, and whenever, is negotiated: by the W3C's perfect negotiation
 * (https://www.w3.org/TR/webrtc/#perfect-negotiation-example), extended by what it
 * leaves open: declined offers, lost messages and connections that broke.  The
 * messages are those of docs/protocol.md; webrtc-negotiator.d.ts has all names.
 *
 * Every event can be had by addEventListener () and by an on… property.
 */

const MAX_QUEUED = 1024;           // messages that wait for their turn
const MAX_KEPT = 256;              // candidates that wait for a description
const MAX_IGNORED = 32;            // ufrags of offers that were ignored
const MAX_MESSAGE = 256 * 1024;    // characters
const MAX_REPLACEMENTS = 20;       // of a connection, by the remote peer, in 10 s
const MAX_FORMER = 16;             // beginnings of the remote peer's that are over
const MAX_DESCRIPTIONS = 64;       // that are known when they come twice
const MAX_DOUBLINGS = 4;           // of the timeout, where answers are late
const MIN_CONNECT_MS = 2000;       // connecting takes some time
const CLOSED_MS = 2000;            // until peer-left or a restart should be here
const GATHER_MS = 3000;            // until there should be a candidate
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];
const ID = /^[A-Za-z0-9._-]{1,64}$/;

const attach = Symbol("attach");

class Emitter extends EventTarget {
  emit(type, detail, argument) {
    const event = Object.assign(new Event(type), detail);
    try {
      this[`on${type}`]?.(argument ?? event);
    } catch (error) {
      reportError(error);          // the application's, not ours
    }
    this.dispatchEvent(event);
  }
}

/* --- What comes from the network ------------------------------------------- */

const isObject = value =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value, max) => typeof value === "string" && value.length <= max;
const isSession = value => Number.isSafeInteger(value) && value >= 0;

function check(condition, complaint) {
  if (!condition)
    throw new TypeError(complaint);
}

/** A message between peers, or a TypeError that says what is wrong with it. */
function parseMessage(data) {
  check(isObject(data), "a message is not an object");
  const { description, candidate, reject, restart, bye, session, offer, begin,
    with: addressee } = data;
  check(session == null || isSession(session), "the session is not a number");
  check(begin == null || ID.test(begin), "the beginning's id is not an id");
  check(addressee == null || ID.test(addressee), "the addressee is not an id");
  const tag = { begin: begin ?? undefined, addressee: addressee ?? undefined };
  const message = { ...tag, session: session ?? undefined };

  if (description != null) {
    const { type, sdp } = description;
    check(type === "offer" || type === "answer", "not an offer, not an answer");
    check(isText(sdp, MAX_MESSAGE), "the description is no text, or too long");
    check(offerId(sdp), "the description has no o= line");
    check(offer == null || isText(offer, 256), "the offer's id is not a text");
    return { ...message, type, sdp, offer: offer ?? undefined };
  }
  if (candidate !== undefined)
    return { ...message, type: "candidate", candidate: parseCandidate(candidate) };
  if (reject != null) {
    check(isText(reject.offer, 256), "a rejection of no offer");
    return { ...message, type: "reject", offer: reject.offer };
  }
  if (restart != null) {
    check(isSession(restart.session), "a restart without a session");
    if (restart.session === 0 && tag.begin !== undefined)
      return { ...tag, ...parseBeginning(restart, tag) };
    return { ...tag, type: "restart", session: restart.session };
  }
  check(isObject(bye), "a message of an unknown kind");
  return { ...tag, type: "bye" };
}

/** Whoever begins says so (`first`), and may be asked (`again`) and answer (`heard`). */
function parseBeginning({ again, offer }, { addressee }) {
  if (again == null)
    return { type: "beginning", kind: addressee === undefined ? "first" : "heard" };
  check(isSession(again), "again is not a session");
  check(offer == null || isText(offer, 256), "the offer's id is not a text");
  return { type: "beginning", kind: "again", session: again, offer };
}

/** null, "", {} and {candidate: ""} all mean that there are no more of them. */
function parseCandidate(value) {
  if (value === null || value === "")
    return { candidate: "" };
  check(isObject(value), "a candidate is not an object");
  const { candidate = "", sdpMid = null, sdpMLineIndex = null,
    usernameFragment } = value;
  check(isText(candidate, 4096), "a candidate is not a text");
  check(sdpMid === null || isText(sdpMid, 256), "a candidate's mid is not a text");
  check(sdpMLineIndex === null || Number.isInteger(sdpMLineIndex)
    && sdpMLineIndex >= 0 && sdpMLineIndex < 65536, "a candidate's index is odd");
  check(usernameFragment == null || isText(usernameFragment, 256),
    "a candidate's ufrag is not a text");
  const ufrag = usernameFragment ?? / ufrag (\S+)/.exec(candidate)?.[1];
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment: ufrag };
}

/** The o= line's "SESSID:VERSION", which names an offer. */
function offerId(sdp) {
  const [, id, version] = /^o=\S+ (\S+) (\S+) /m.exec(sdp) ?? [];
  return id && `${id}:${version}`;
}

const connectionId = sdp => offerId(sdp)?.split(":")[0];
const ufrags = sdp =>
  Array.from((sdp ?? "").matchAll(/^a=ice-ufrag:(\S+)/gm), match => match[1]);

/* --- Data channels --------------------------------------------------------- */

/**
 * An RTCDataChannel that survives its connection: when that is replaced, the
 * channel is `connecting` for a while, and fires `open` again.
 */
class Channel extends Emitter {
  #channel = null;
  #pc = null;
  #binaryType = "arraybuffer";
  #threshold = 0;
  #closed = false;

  constructor(label, options) {
    super();
    this.label = label;
    this.options = options;
  }

  [attach](pc) {
    if (this.#closed)
      return;
    const channel = pc.createDataChannel(this.label, this.options);
    this.#pc = pc;
    this.#channel = channel;
    channel.binaryType = this.#binaryType;
    channel.bufferedAmountLowThreshold = this.#threshold;
    for (const type of ["open", "message", "bufferedamountlow", "close"])
      channel.addEventListener(type, event => {
        if (channel === this.#channel)
          this.#forward(type, event);
      });
  }

  #forward(type, event) {
    if (type !== "close")
      this.emit(type, type === "message" ? { data: event.data } : {});
    else if (this.#closed)
      this.emit(type);
    else
      this.#wonderWhy(this.#pc);
  }

  /** It goes with its transport, and before that, when the remote connection is
   * closed: then nobody meant the channel, and it will be replaced. */
  #wonderWhy(pc) {
    setTimeout(() => {
      if (pc !== this.#pc || pc.sctp?.state !== "connected")
        return;
      this.#closed = true;
      this.emit("close");
    }, 200);
  }

  get readyState() {
    if (this.#closed)
      return this.#channel.readyState;
    return this.#channel.readyState === "open" ? "open" : "connecting";
  }

  get id() { return this.#channel.id; }
  get bufferedAmount() { return this.#channel.bufferedAmount; }
  get binaryType() { return this.#binaryType; }
  set binaryType(type) { this.#binaryType = this.#channel.binaryType = type; }
  get bufferedAmountLowThreshold() { return this.#threshold; }
  set bufferedAmountLowThreshold(bytes) {
    this.#threshold = this.#channel.bufferedAmountLowThreshold = bytes;
  }

  /** Throws while the channel is not open: nothing is lost silently. */
  send(data) { this.#channel.send(data); }

  close() {
    this.#closed = true;
    this.#channel.close();
  }
}

/* --- One remote peer ------------------------------------------------------- */

/**
 * The connection to one remote peer.  A Room makes its own; with signalling of
 * your own: `new Peer({ polite, send })`, and `receive ()` for what comes.
 *
 * Events: `track`, `datachannel`, `state`, `pc` (it was replaced), and `event` for
 * each step of a negotiation.  `onoffer` may return false, or a promise of it, to
 * decline an offer.
 */
export class Peer extends Emitter {
  // What the application wants; every new connection gets it.
  #tracks = new Map();             // MediaStreamTrack → { streams, sender }
  #channels = new Set();
  #senders = new WeakSet();        // those that were ours once

  // The facts of the W3C's example.  As all operations are one queue, an offer
  // that comes while an answer is being set is no collision, and needs no flag.
  #makingOffer = false;
  #ignoringOffer = false;

  #queue = [];                     // the operations chain
  #isRunning = false;
  #interrupt = null;               // ends the operation under way
  #interrupted = null;
  #wantedRestart = null;           // the reason for one

  #due = false;                    // the browser says: negotiation needed
  #forced = false;                 // the application says so
  #declined = false;               // our last offer, and nothing changed since
  #held = null;                    // the offer that the application thinks about
  #offerId = null;                 // of the offer that is outstanding
  #stagedOffer = null;             // …which the browser has not been told yet
  #offerTimer = null;
  #isOverdue = false;              // …for which signalling is to blame
  #startTime = 0;                  // of the negotiation under way
  #waitTimer = null;
  #noOfferBefore = 0;
  #failedSessions = 0;             // in a row, without a connection
  #replacements = [];              // times
  #hasGathered = false;            // a candidate, or the end of them
  #candidates = [];                // of the connection in use: what was sent
  #gatherTimer = null;

  // Who is who: each beginning has an id, which all messages have.
  #begin = randomId();
  #hasBegun = false;
  #hasAsked = false;               // whether it has heard what we said
  #remoteBegin = undefined;        // undefined: not heard of yet
  #isWhole = false;                // …and all that it said since was heard
  #wasHeard = false;               // it, or somebody who does not say
  #former = [];                    // of the remote peer's, those that are over
  #descriptions = [];              // that came last

  #offerTime = 0;
  #wasImpatient = false;           // an offer was given up, …
  #doublings = 0;                  // …but what came then was only late
  #connectTimer = null;

  #ignoredUfrags = [];
  #kept = [];                      // candidates of descriptions yet to come

  #send;
  #isOpen;
  #rtcConfig;
  #timeout;
  #saysBye;

  constructor({ id = "remote", polite, send, isOpen = () => true, rtcConfig = {},
    negotiationTimeout = 10000, saysBye = true }) {
    super();
    this.id = id;
    this.polite = polite;
    this.pc = null;
    this.session = 0;
    this.closed = false;
    this.stats = {
      offersSent: 0, offersReceived: 0, answersSent: 0, answersReceived: 0,
      collisions: 0, rollbacks: 0, offersIgnored: 0, candidatesIgnored: 0,
      staleAnswers: 0, offersRejected: 0, renegotiationsSuppressed: 0,
      restarts: 0, messagesRejected: 0,
      lastNegotiationMs: null, maxNegotiationMs: null,
    };
    this.#send = send;
    this.#isOpen = isOpen;
    this.#rtcConfig = rtcConfig;
    this.#timeout = negotiationTimeout;
    this.#saysBye = saysBye;
    this.#connect();
    // Not before the caller has what it needs for sending.
    queueMicrotask(() => this.closed || this.#sayBeginning());
  }

  get makingOffer() { return this.#makingOffer; }
  get ignoringOffer() { return this.#ignoringOffer; }
  get connectionState() { return this.pc.connectionState; }
  get signalingState() {
    if (this.#held)
      return "have-remote-offer";
    return this.#offerId ? "have-local-offer" : this.pc.signalingState;
  }

  /** Sends `track` from now on; returns the RTCRtpSender in use at present. */
  addTrack(track, ...streams) {
    const entry = { streams, sender: null };
    this.#tracks.set(track, entry);
    this.#put(track, entry);
    this.#change();
    return entry.sender;
  }

  /** Takes back addTrack (track, …). */
  removeTrack(track) {
    const sender = this.#tracks.get(track)?.sender;
    if (!this.#tracks.delete(track) || this.closed)
      return;
    this.pc.removeTrack(sender);
    this.#change();
  }

  /** As RTCPeerConnection's, but the channel survives replacements. */
  createDataChannel(label, options) {
    const channel = new Channel(label, options);
    channel[attach](this.pc);
    this.#channels.add(channel);
    channel.addEventListener("close", () => this.#channels.delete(channel));
    this.#change();
    return channel;
  }

  /** Makes an offer, needed or not, even if the last one was declined. */
  negotiate() {
    this.#forced = true;
    this.#change();
  }

  /** Begins again with fresh connections on both sides. */
  restart(reason = "the application asked for it") {
    if (this.closed)
      return;
    this.#wantedRestart ??= reason;
    this.#interrupt();
    this.#run();
  }

  /** Handles a message of the remote peer's: anything, as it came. */
  receive(data) {
    if (this.closed)
      return;
    try {
      const message = parseMessage(data);
      check(this.#queue.length < MAX_QUEUED, "too many messages");
      if (!this.#admit(message) || this.#isRepeated(message)) {
        this.#run();
        return;
      }
      if (message.type === "bye") {
        this.emit("bye");
        return;
      }
      this.#queue.push(() => this.#handle(message));
    } catch (error) {
      this.#rejectMessage(error.message);
    }
    this.#run();
  }

  /** Signalling is back: goes on with what had to wait for it. */
  resume() {
    if (this.#isOverdue)
      this.#awaitAnswer();
    if (this.pc.connectionState === "failed")
      this.restart("the connection failed");
    this.#watchGathering(this.pc);
    this.#run();
  }

  close() {
    if (this.#saysBye && !this.closed)
      this.#say({ bye: {} });
    this.closed = true;
    this.#queue = [];
    this.#interrupt();
    clearTimeout(this.#offerTimer);
    clearTimeout(this.#waitTimer);
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#gatherTimer);
    this.pc.close();
    this.emit("state", { connection: "closed", signaling: "closed" });
  }

  #report(name, detail) {
    const { signalingState, connectionState } = this;
    this.emit("event", { peer: this, name, time: performance.now(),
      signalingState, connectionState, ...detail });
  }

  #rejectMessage(reason) {
    this.stats.messagesRejected++;
    this.#report("message-rejected", { reason });
  }

  #post(message) {
    this.#say({ ...message, session: this.session });
  }

  #say(message) {
    this.#sayBeginning();
    this.#send({ ...message, begin: this.#begin, with: this.#remoteBegin });
  }

  // --- Beginnings: who of those that have the remote peer's name says something.
  // Somebody new is believed in when it has shown that it knows of our beginning.

  #sayBeginning() {
    if (this.#hasBegun)
      return;
    this.#hasBegun = true;
    this.#send({ restart: { session: 0 }, begin: this.#begin });
  }

  #sayAgain(begin) {
    this.#hasAsked = true;
    this.#sayBeginning();
    const offer = this.#offerId ?? undefined;
    this.#send({ restart: { session: 0, again: this.session, offer },
      begin: this.#begin, with: begin });
  }

  /** Whether it is for us, and is to be handled. */
  #admit(message) {
    const { begin, addressee, type } = message;
    if (begin === undefined) {
      this.#wasHeard = true;
      return true;
    }
    if (type === "beginning") {
      this.#hear(message);
      return false;
    }
    const verdict = this.#judge(begin, addressee);
    if (verdict === "ask" && type !== "candidate" && type !== "bye")
      this.#sayAgain(begin);
    if (verdict === "renew")
      this.#renew(0);
    return verdict === "take" || verdict === "renew";
  }

  #judge(begin, addressee) {
    if (this.#former.includes(begin))
      return "drop";
    if (addressee !== undefined && addressee !== this.#begin)
      return "ask";
    if (begin === this.#remoteBegin)
      return "take";
    const isOther = this.#remoteBegin !== undefined || this.#wasHeard;
    if (addressee === undefined && isOther)
      return "ask";
    if (this.#remoteBegin !== undefined)
      this.#former = [...this.#former, this.#remoteBegin].slice(-MAX_FORMER);
    this.#remoteBegin = begin;
    this.#isWhole = isOther;       // what it says from a restart on is new
    return isOther ? "renew" : "take";
  }

  #hear({ kind, begin, addressee, session, offer }) {
    const isKnown = begin === this.#remoteBegin;
    if (kind !== "first" && addressee !== this.#begin)
      return;
    const verdict = this.#judge(begin, addressee);
    if (verdict === "ask") {
      this.#sayAgain(begin);
    } else if (verdict === "renew") {
      this.#renew(session ?? 0);
    } else if (verdict === "take" && kind === "first") {
      this.#isWhole ||= !isKnown;  // nothing is said before that
      if (!isKnown && this.#offerId)
        this.#sayAgain(begin);
    } else if (verdict === "take" && kind === "again") {
      if (this.#isWhole || this.#descriptions.some(({ id }) => id === offer)) {
        this.#say({ restart: { session: 0 } });
      } else {
        this.#isWhole = true;
        this.#renew(session);
      }
    } else if (verdict === "take" && this.#hasAsked) {
      // It has heard our offer, but maybe not what came after that.
      this.#hasAsked = false;
      for (const candidate of this.#candidates)
        this.#post({ candidate });
    }
  }

  /** Begins again, with somebody new. */
  #renew(session) {
    this.#queue.push(() => {
      if (!this.#mayReplace())
        return;
      this.session = Math.max(this.session, session);
      this.#failedSessions = 0;
      this.#wantedRestart = "the remote peer begins";
      this.#restart();
    });
  }

  /** What came before was handled, or will be. */
  #isRepeated({ type, sdp, offer }) {
    if (type !== "offer" && type !== "answer")
      return false;
    const text = `${type} ${offer} ${sdp}`;
    if (this.#descriptions.some(known => known.text === text)) {
      if (type === "offer")
        this.#report("repeated");
      else
        this.#dropStale(type);
      return true;
    }
    const id = type === "offer" ? offerId(sdp) : null;
    this.#descriptions = [...this.#descriptions, { id, text }].slice(-MAX_DESCRIPTIONS);
    return false;
  }

  // --- The operations chain: one thing after the other.

  async #run() {
    if (this.#isRunning)
      return;
    this.#isRunning = true;
    while (!this.closed) {
      try {
        if (this.#wantedRestart)
          this.#restart();
        const task = this.#queue.shift() ?? this.#nextOffer();
        if (!task)
          break;
        await task();
      } catch (error) {
        // An operation that must not fail did: only a new connection helps.
        if (!this.closed)
          this.#wantedRestart ??= error.message;
      }
    }
    this.#isRunning = false;
  }

  /** The promises of a connection that is closed stay unsettled: don't wait. */
  #operation(promise) {
    return Promise.race([promise, this.#interrupted]);
  }

  /** Looked at when all that came is handled: an offer among it may settle it. */
  #nextOffer() {
    if (!(this.#due || this.#forced) || !this.#isOpen()
        || this.signalingState !== "stable")
      return null;
    const wait = this.#noOfferBefore - performance.now();
    clearTimeout(this.#waitTimer);
    if (wait > 0) {
      this.#waitTimer = setTimeout(() => this.#run(), wait);
      return null;
    }
    return () => this.#offer();
  }

  #change() {
    // The browser has said it already, and does not repeat itself.
    this.#due ||= this.#declined;
    this.#declined = false;
    this.#run();
  }

  #negotiationNeeded() {
    if (this.#declined) {
      this.stats.renegotiationsSuppressed++;
      this.#report("suppressed", { reason: "the remote peer has declined it" });
      return;
    }
    this.#due = true;
    this.#run();
  }

  // --- Offers and answers.

  /** The first offer is applied at once, as candidates take their time.  Later ones
   * are applied together with their answer: so there is nothing to roll back.  Of
   * what a section receives, Chromium 156 may lose the picture in a rollback. */
  async #offer() {
    const { pc } = this;
    this.#due = this.#forced = false;
    this.#startTime ||= performance.now();
    this.#makingOffer = true;
    try {
      if (pc.currentRemoteDescription)
        this.#stagedOffer = await this.#operation(pc.createOffer());
      else
        await this.#operation(pc.setLocalDescription());
    } finally {
      this.#makingOffer = false;
    }
    const { type, sdp } = this.#stagedOffer ?? pc.localDescription;
    this.#offerId = offerId(sdp);
    this.#post({ description: { type, sdp } });
    this.stats.offersSent++;
    this.#awaitAnswer();
    this.#report("offer-sent");
    this.#emitState();
  }

  /** As it has turned out to be right. */
  get #patience() { return this.#timeout * 2 ** this.#doublings; }

  #awaitAnswer(since = performance.now()) {
    this.#isOverdue = false;
    this.#offerTime = since;
    clearTimeout(this.#offerTimer);
    if (this.#timeout)
      this.#offerTimer = setTimeout(() => {
        // Media does not suffer from signalling that is lost.
        this.#isOverdue = !this.#isOpen();
        if (this.#isOverdue)
          return;
        this.#wasImpatient = true;
        this.restart("an offer was not answered in time");
      }, since + this.#patience - performance.now());
  }

  /** What belongs to an offer that was given up came after all. */
  #learnPatience() {
    if (!this.#wasImpatient || this.#doublings >= MAX_DOUBLINGS)
      return;
    this.#doublings++;
    if (this.#offerId && !this.#isOverdue)
      this.#awaitAnswer(this.#offerTime);
  }

  /** Both descriptions are applied: say so when the peers do not connect, and begin
   * again after as long again.  The more often that was in vain, the longer. */
  #watchConnecting(pc) {
    if (!this.#timeout || this.#connectTimer || pc.connectionState === "connected"
        || !this.#getTransport(pc))
      return;
    const ms = Math.max(this.#patience, MIN_CONNECT_MS)
      * 2 ** Math.min(this.#failedSessions, 3);
    this.#connectTimer = setTimeout(() => {
      if (!this.#isOpen())
        return;
      this.#report("stalled", { reason: "the peers do not reach each other" });
      this.#connectTimer = setTimeout(() => {
        if (this.#isOpen())
          this.restart("the connection did not come up");
      }, ms);
    }, ms);
  }

  #stopConnectTimer() {
    clearTimeout(this.#connectTimer);
    this.#connectTimer = null;
  }

  #forgetOffer() {
    clearTimeout(this.#offerTimer);
    this.#isOverdue = false;
    this.#offerId = null;
    this.#stagedOffer = null;
  }

  async #rollBack() {
    const { pc } = this;
    const wasStaged = this.#stagedOffer;
    this.#forgetOffer();
    // After the rollback of a first offer Chromium 156 may never gather candidates
    // again.  There is nothing to lose yet, so begin with a fresh connection.
    if (!pc.currentRemoteDescription && this.#mayReplace())
      this.#connect();
    else if (!wasStaged)
      await this.#operation(pc.setLocalDescription({ type: "rollback" }));
    this.stats.rollbacks++;
    this.#report("rolled-back");
    this.#emitState();
  }

  async #handle(message) {
    const { type, session = this.session } = message;
    if (type === "restart" && session === 0) {
      // It turns to us only now, and has not heard what we said before.
      if (this.#mayReplace()) {
        this.#wantedRestart = "the remote peer begins";
        this.#restart();
      }
      return;
    }
    if (session < this.session) {
      if (type === "offer" || type === "answer" || type === "reject")
        this.#learnPatience();
      this.#dropStale(type);
      return;
    }
    if (session > this.session) {
      if (!this.#mayReplace()) {
        this.#rejectMessage("too many restarts");
        return;
      }
      this.#enter(session, "the remote peer has restarted");
    }
    if (type === "offer")
      await this.#handleOffer(message);
    else if (type === "answer")
      await this.#handleAnswer(message);
    else if (type === "candidate")
      await this.#handleCandidate(message.candidate);
    else if (type === "reject")
      await this.#handleReject(message);
  }

  async #handleOffer({ type, sdp }) {
    this.stats.offersReceived++;
    if (this.#offerId) {
      this.stats.collisions++;
      this.#ignoringOffer = !this.polite;
      this.#report("collision", { ignored: this.#ignoringOffer });
      if (this.#ignoringOffer) {
        this.stats.offersIgnored++;
        this.#ignoredUfrags.push(...ufrags(sdp));
        this.#ignoredUfrags = this.#ignoredUfrags.slice(-MAX_IGNORED);
        this.#report("offer-ignored");
        return;
      }
      await this.#rollBack();
      this.#due = true;            // in case that this one is declined
    }
    this.#ignoringOffer = false;
    this.#startTime ||= performance.now();

    const offer = { type, sdp };
    this.#held = offer;
    this.#report("offer-received");
    const verdict = this.#ask(offer);
    if (!(verdict instanceof Promise)) {
      await this.#decide(offer, verdict);
      return;
    }
    // It may take its time; meanwhile a newer offer or a restart may come.
    this.#emitState();
    verdict.catch(() => false).then(accepted => {
      this.#queue.push(() => this.#decide(offer, accepted));
      this.#run();
    });
  }

  #ask(description) {
    try {
      return this.onoffer?.({ peer: this, description });
    } catch (error) {
      reportError(error);
      return false;
    }
  }

  async #decide(offer, accepted) {
    if (this.#held !== offer)
      return;
    this.#held = null;
    if (accepted === false)
      this.#decline(offer, "the application declined it");
    else
      await this.#answer(offer);
  }

  #decline({ sdp }, reason) {
    this.#startTime = 0;
    this.#post({ reject: { offer: offerId(sdp) } });
    this.#report("offer-rejected", { by: "local", reason });
    this.#emitState();
  }

  async #answer(offer) {
    const wasDue = this.#due;
    try {
      if (this.#isOfNewConnection(offer.sdp)) {
        await this.#try(offer);
        check(this.#mayReplace(), "too many fresh connections");
        this.stats.restarts++;
        this.#connect();
        this.#report("restarted", { reason: "the remote connection is a new one" });
      }
      // If there is something left afterwards, the browser says so again.
      this.#due = false;
      await this.#operation(this.pc.setRemoteDescription(offer));
    } catch (error) {
      if (this.#wantedRestart || this.closed)
        throw error;
      this.#due ||= wasDue;
      this.#rejectMessage(error.message);
      this.#decline(offer, error.message);
      return;
    }
    await this.#addKeptCandidates();
    await this.#operation(this.pc.setLocalDescription());
    const { type, sdp } = this.pc.localDescription;
    this.#post({ description: { type, sdp }, offer: offerId(offer.sdp) });
    this.stats.answersSent++;
    this.#report("answer-sent");
    this.#becomeStable();
  }

  /** The o= line and the transports are others than those that were applied. */
  #isOfNewConnection(sdp) {
    const current = this.pc.remoteDescription?.sdp;
    const known = ufrags(current);
    return current !== undefined
      && ufrags(sdp).length > 0 && !ufrags(sdp).some(ufrag => known.includes(ufrag))
      && connectionId(sdp) !== connectionId(current);
  }

  /** What works is not given up for an offer that does not. */
  async #try(offer) {
    const pc = new RTCPeerConnection();
    try {
      await this.#operation(pc.setRemoteDescription(offer));
    } finally {
      pc.close();
    }
  }

  async #handleAnswer({ type, sdp, session, offer = this.#offerId }) {
    if (!this.#offerId || offer !== this.#offerId) {
      if (session === undefined)
        this.#learnPatience();
      this.#dropStale(type);
      return;
    }
    this.stats.answersReceived++;
    this.#report("answer-received");
    if (this.#stagedOffer) {
      await this.#operation(this.pc.setLocalDescription(this.#stagedOffer));
      this.#stagedOffer = null;
    }
    try {
      await this.#operation(this.pc.setRemoteDescription({ type, sdp }));
    } catch (error) {
      if (this.#wantedRestart || this.closed)
        throw error;
      this.#rejectMessage(error.message);    // as if it had never come
      return;
    }
    this.#forgetOffer();
    this.#ignoringOffer = false;
    await this.#addKeptCandidates();
    this.#becomeStable();
    this.#emitState();
  }

  #becomeStable() {
    this.#watchTransport(this.pc);
    this.#watchConnecting(this.pc);
    this.#watchGathering(this.pc);
    const ms = performance.now() - this.#startTime;
    this.#startTime = 0;
    this.stats.lastNegotiationMs = ms;
    this.stats.maxNegotiationMs = Math.max(ms, this.stats.maxNegotiationMs);
    this.#report("stable");
  }

  async #handleReject({ offer }) {
    if (!this.#offerId || offer !== this.#offerId) {
      this.#dropStale("reject");
      return;
    }
    this.stats.offersRejected++;
    this.#startTime = 0;
    // Before a rollback, upon which the browser wants to negotiate again.
    this.#declined = true;
    this.#due = false;
    await this.#rollBack();
    this.#report("offer-rejected", { by: "remote" });
  }

  #dropStale(type) {
    if (type === "candidate") {
      this.stats.candidatesIgnored++;
    } else if (type === "offer" || type === "restart") {
      // Whoever makes offers in a former session does not know the present one.
      this.#say({ restart: { session: this.session } });
    } else {
      this.stats.staleAnswers++;
      this.#report("stale-answer");
    }
  }

  // --- Candidates: told apart by the username fragment of their description.

  async #handleCandidate(candidate) {
    const { usernameFragment: ufrag } = candidate;
    const remote = this.pc.remoteDescription;
    const isCurrent = remote && (!ufrag || ufrags(remote.sdp).includes(ufrag));

    if (ufrag ? !isCurrent && this.#ignoredUfrags.includes(ufrag)
      : this.#ignoringOffer) {
      this.stats.candidatesIgnored++;
    } else if (isCurrent) {
      try {
        await this.#operation(this.pc.addIceCandidate(candidate));
      } catch (error) {
        if (this.#wantedRestart || this.closed)
          throw error;
        this.#rejectMessage(error.message);
      }
    } else if (this.#kept.length < MAX_KEPT) {
      this.#kept.push(candidate);
    } else {
      this.#rejectMessage("too many candidates without a description");
    }
  }

  async #addKeptCandidates() {
    const kept = this.#kept;
    this.#kept = [];
    for (const candidate of kept)
      await this.#handleCandidate(candidate);
  }

  // --- Connections and sessions.

  #restart() {
    const reason = this.#wantedRestart;
    this.#wantedRestart = null;
    this.#say({ restart: { session: this.session + 1 } });
    this.#enter(this.session + 1, reason);
  }

  #enter(session, reason) {
    this.session = session;
    this.stats.restarts++;
    // The first restart is at once; then the network is given some time.
    if (++this.#failedSessions > 1)
      this.#noOfferBefore = performance.now()
        + Math.min(1000 * 2 ** (this.#failedSessions - 2), 30000);
    this.#held = null;
    this.#declined = false;
    this.#ignoringOffer = false;
    this.#ignoredUfrags = [];
    this.#kept = [];
    this.#startTime = 0;
    this.#forgetOffer();
    this.#connect();
    this.#report("restarted", { reason, session });
  }

  /** Browsers allow some hundred connections: a wild peer is not followed. */
  #mayReplace() {
    const now = performance.now();
    this.#replacements = this.#replacements.filter(time => now - time < 10000);
    return this.#replacements.length < MAX_REPLACEMENTS
      && this.#replacements.push(now) > 0;
  }

  #getTransport(pc) {
    return pc.sctp?.transport
      ?? pc.getTransceivers().find(({ sender }) => sender.transport)?.sender.transport;
  }

  /** That the remote connection was closed shows here long before ICE fails. */
  #watchTransport(pc) {
    const transport = this.#getTransport(pc);
    if (!transport || transport.onstatechange)
      return;
    transport.onstatechange = () => {
      if (transport.state === "closed")
        setTimeout(() => {
          if (pc === this.pc && transport === this.#getTransport(pc) && this.#isOpen())
            this.restart("the remote connection was closed");
        }, CLOSED_MS);
    };
  }

  /** Chromium may gather nothing at all, mostly where first offers have collided
   * (9 of 348 between two of them), and does not get over it by itself. */
  #watchGathering(pc) {
    clearTimeout(this.#gatherTimer);
    if (this.#hasGathered || !this.#getTransport(pc))
      return;
    this.#gatherTimer = setTimeout(() => {
      if (pc === this.pc && !this.#hasGathered && pc.iceGatheringState !== "complete"
          && this.#getTransport(pc) && this.#isOpen())
        this.restart("the browser gathers no candidates");
    }, GATHER_MS);
  }

  /** A fresh connection, with all that the application wants of it. */
  #connect() {
    const former = this.pc;
    const pc = new RTCPeerConnection(this.#rtcConfig);
    this.pc = pc;
    this.#stopConnectTimer();
    this.#hasGathered = false;
    this.#candidates = [];
    this.#due = false;
    this.#interrupted = new Promise((_, reject) => {
      this.#interrupt = () => reject(new Error("interrupted"));
    });
    this.#interrupted.catch(() => {});
    former?.close();

    const on = (type, handler) => pc.addEventListener(type, event => {
      if (pc === this.pc && !this.closed)
        handler(event);
    });
    on("negotiationneeded", () => this.#negotiationNeeded());
    on("icecandidate", ({ candidate }) => {
      this.#hasGathered = true;
      this.#candidates.push(candidate);
      this.#post({ candidate });
    });
    on("track", ({ track, streams, transceiver, receiver }) =>
      this.emit("track", { peer: this, track, streams, transceiver, receiver }));
    on("datachannel", ({ channel }) =>
      this.emit("datachannel", { peer: this, channel }));
    on("signalingstatechange", () => this.#emitState());
    on("connectionstatechange", () => this.#handleConnectionState());

    for (const [track, entry] of this.#tracks)
      this.#put(track, entry);
    for (const channel of this.#channels)
      channel[attach](pc);
    if (former) {
      this.emit("pc", { peer: this, pc, former });
      this.#emitState();
    }
  }

  #handleConnectionState() {
    if (this.pc.connectionState === "connected") {
      this.#stopConnectTimer();
      this.#wasImpatient = false;
      this.#failedSessions = 0;
      this.#noOfferBefore = 0;
    } else if (this.pc.connectionState === "failed" && this.#isOpen()) {
      this.restart("the connection failed");
    }
    this.#emitState();
  }

  #emitState() {
    this.emit("state", { peer: this, connection: this.connectionState,
      signaling: this.signalingState });
  }

  /** As pc.addTrack (), but takes a section up again that we left before. */
  #put(track, entry) {
    const busy = Array.from(this.#tracks.values(), ({ sender }) => sender);
    const left = this.pc.getTransceivers().find(({ direction, sender, receiver }) =>
      this.#senders.has(sender) && !sender.track && !busy.includes(sender)
      && direction !== "stopped" && receiver.track.kind === track.kind);

    if (left)
      this.#takeUp(left, track, entry);
    else
      entry.sender = this.pc.addTrack(track, ...entry.streams);
    this.#senders.add(entry.sender);
  }

  #takeUp(transceiver, track, entry) {
    const { sender } = transceiver;
    entry.sender = sender;
    sender.setStreams?.(...entry.streams);
    transceiver.direction = "sendrecv";
    sender.replaceTrack(track).then(() => {
      if (this.#tracks.get(track) !== entry && this.pc.getSenders().includes(sender))
        this.pc.removeTrack(sender);         // it was removed meanwhile
    }).catch(() => {});                      // the connection was closed
  }
}

/* --- The room -------------------------------------------------------------- */

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
  #ws = null;
  #resume = undefined;
  #outbox = [];
  #absent = new Set();             // ids of those that the server lost
  #attempts = 0;
  #isStranger = true;              // the server never answered, and that was not told
  #retryTimer = null;
  #options;

  constructor({ uri = defaultUri(), room = "default", id = null, token = null,
    role = "auto", rtcConfig = {}, negotiationTimeout = 10000 } = {}) {
    super();
    check(ID.test(room), "A room's name is 1 to 64 of A-Z a-z 0-9 . _ -");
    check(id === null || ID.test(id), "An id is 1 to 64 of A-Z a-z 0-9 . _ -");
    check(["auto", "auto-lesser", "polite", "impolite"].includes(role),
      "A role is auto, auto-lesser, polite or impolite");
    this.uri = uri;
    this.room = room;
    this.id = id ?? randomId();
    this.role = role;
    this.peers = new Map();
    this.state = "connecting";
    this.#options = { token, rtcConfig, negotiationTimeout };
    this.#open();
  }

  /** Leaves, and closes the connections to all peers. */
  close() {
    if (this.#ws?.readyState === WebSocket.OPEN)
      this.#ws.send('{"type":"leave"}');
    this.#hangUp();
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

  #open() {
    const ws = new WebSocket(this.uri);
    this.#ws = ws;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => ws.close(), 15000);
    ws.onopen = () => {
      this.#isStranger = false;
      const { room, id } = this;
      ws.send(JSON.stringify({ type: "join", version: 1, room, id,
        token: this.#options.token, resume: this.#resume }));
    };
    ws.onmessage = ({ data }) => {
      if (ws === this.#ws)
        this.#receive(data);
    };
    ws.onclose = () => {
      if (ws !== this.#ws)
        return;
      this.#retry();
      this.#complainOfSilence();
    };
  }

  /* Browsers do not say why there is no connection. */
  #complainOfSilence() {
    if (!this.#isStranger)
      return;
    this.#isStranger = false;
    this.#complain("unreachable", `${this.uri} cannot be reached, or refuses pages of `
      + `${globalThis.location?.origin}. Start the server there; if it runs, set its allowed-origins`);
  }

  #hangUp() {
    const ws = this.#ws;
    this.#ws = null;
    clearTimeout(this.#retryTimer);
    ws?.close();
  }

  #retry() {
    if (this.state === "joined")
      this.#report("signaller-lost");
    this.#hangUp();
    this.#setState("lost");
    const ms = RETRY_MS[Math.min(this.#attempts++, RETRY_MS.length - 1)];
    this.#retryTimer = setTimeout(() => this.#open(), ms * (0.5 + Math.random()));
  }

  #send(to, data) {
    const text = JSON.stringify({ type: "message", to, data });
    if (text.length > MAX_MESSAGE)
      this.#complain("too-large", "A message of more than 256 KiB was not sent");
    else if (this.state === "joined")
      this.#ws.send(text);
    else if (this.#outbox.length < MAX_QUEUED)
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
    check(ID.test(id) && Array.isArray(peers) && peers.length <= MAX_QUEUED
      && peers.every(other => ID.test(other) && other !== id), "an odd join");
    const isBack = this.#resume !== undefined || this.peers.size > 0;
    clearTimeout(this.#retryTimer);
    this.#attempts = 0;
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
        this.#ws.send(text);
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
      if (["id-in-use", "room-full", "rate-limited"].includes(code))
        this.#retry();             // all of them may pass
      else {
        this.#hangUp();
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
      polite: { "auto": this.id > id, "auto-lesser": this.id < id,
        "polite": true, "impolite": false }[this.role],
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

/* Not randomUUID (), which browsers keep from pages without https. */
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)),
  byte => (byte % 36).toString(36)).join("");
