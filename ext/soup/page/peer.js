/* The connection to one remote peer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { Channel, attach } from "./channel.js";
import { Connection, Refusal } from "./connection.js";
import { SESSION_UNKNOWN } from "./description.js";
import { Emitter } from "./emitter.js";
import { check, formatMessage, parseMessage, randomId } from "./message.js";
import { Negotiation } from "./negotiation.js";

const MAX_QUEUED = 1024;           // messages that wait for an offer that is tried
const MAX_TIMER_MS = 2 ** 31 - 1;
const RETRY_CONNECTION_MS = 1000;
const INTERRUPTED = Symbol("interrupted");

/** In microseconds, as the negotiation wants it. */
const getTime = () => Math.round(performance.now() * 1000);

/**
 * The connection to one remote peer.  A Room makes its own; with signalling of
 * your own: `new Peer({ polite, send })`, and `receive ()` for what comes.
 *
 * Events: `track`, `datachannel`, `state`, `pc` (it was replaced), and `event` for
 * each step of a negotiation.  `onoffer` may return false, or a promise of it, to
 * decline an offer.
 *
 * It carries out what its Negotiation asks for, and tells that what happens.
 */
export class Peer extends Emitter {
  // What the application wants; every new connection gets it.
  #tracks = new Map();             // MediaStreamTrack → { streams, sender }
  #channels = new Set();

  #negotiation = new Negotiation();
  #connection;
  #hasBegun = false;
  #isUnused = true;                // the first connection, until the negotiation begins
  #isPolling = false;
  #interrupt = null;               // ends the operation under way
  #held = null;                    // the offer that the application thinks about
  #declineReason = undefined;
  #waiting = null;                 // messages that came after an offer that is tried

  #timer = null;
  // What has to wait while signalling is lost: media does not suffer from that.
  #postponed = null;               // a check: { forced }
  #isOverdue = false;              // something expired
  #patientUntil = 0;

  #send;
  #isOpen;
  #rtcConfig;
  #saysBye;

  constructor({ id = "remote", polite, send, isOpen = () => true, rtcConfig = {},
    negotiationTimeout = 10000, saysBye = true }) {
    super();
    this.id = id;
    this.polite = polite;
    this.closed = false;
    this.stats = {};
    this.#send = send;
    this.#isOpen = isOpen;
    this.#rtcConfig = rtcConfig;
    this.#saysBye = saysBye;
    this.#negotiation.setPolite(Boolean(polite));
    this.#negotiation.setAutoAnswer(false);  // onoffer is asked
    this.#negotiation.setTimeout(negotiationTimeout * 1000);
    this.#connection = this.#makeConnection();
    this.#updateStats();
    // Not before the caller has what it needs for sending.
    queueMicrotask(() => this.closed || this.#begin());
  }

  get pc() { return this.#connection.pc; }
  get session() { return this.#negotiation.getSession(); }
  get makingOffer() { return this.#negotiation.isMakingOffer(); }
  get ignoringOffer() { return this.#negotiation.isIgnoringOffer(); }
  get connectionState() { return this.pc.connectionState; }
  get signalingState() {
    return this.closed ? "closed" : this.#negotiation.getSignalingState();
  }

  /** Sends `track` from now on; returns the RTCRtpSender in use at present. */
  addTrack(track, ...streams) {
    const entry = { streams, sender: null };
    this.#tracks.set(track, entry);
    this.#connection.put(track, this.#tracks);
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
    this.#tell(now => this.#negotiation.ask(now));
  }

  /** Begins again with fresh connections on both sides. */
  restart(reason = "the application asked for it") {
    this.#tell(now => this.#negotiation.restart(reason, now));
    this.#interrupt?.();
  }

  /** Handles a message of the remote peer's: anything, as it came. */
  receive(data) {
    this.#tell(now => {
      try {
        if (!this.#waiting) {
          this.#handle(parseMessage(data), now);
          return;
        }
        check(this.#waiting.length < MAX_QUEUED, "too many messages");
        this.#waiting.push(data);
      } catch (error) {
        this.#negotiation.receiveGarbage(error.message);
      }
    });
  }

  /** Signalling is back: goes on with what had to wait for it. */
  resume() {
    this.#tell(now => {
      const negotiation = this.#negotiation;
      if (this.#isOverdue)
        this.#patientUntil = now + negotiation.getTimeout();
      this.#isOverdue = false;
      if (this.#postponed?.forced || this.#postponed && this.#connection.isNeeded)
        negotiation.hint(now);
      this.#postponed = null;
      this.#connection.watch();
    });
    if (this.connectionState === "failed")
      this.#break("the connection failed");
  }

  close() {
    if (this.#saysBye && !this.closed) {
      this.#begin();
      this.#say({ bye: {} });
    }
    this.closed = true;
    this.#negotiation.end();
    this.#interrupt?.();
    clearTimeout(this.#timer);
    this.#connection.close();
    this.emit("state", { connection: "closed", signaling: "closed" });
  }

  #report(name, detail) {
    const { signalingState, connectionState } = this;
    this.emit("event", { peer: this, name, time: performance.now(),
      signalingState, connectionState, ...detail });
  }

  #emitState() {
    this.emit("state", { peer: this, connection: this.connectionState,
      signaling: this.signalingState });
  }

  // --- The negotiation: is told something, and asked for what to do then.

  #begin() {
    if (this.#hasBegun)
      return;
    this.#hasBegun = true;
    this.#negotiation.begin(randomId(), getTime());
    this.#poll();
  }

  #tell(event) {
    if (this.closed)
      return;
    this.#begin();
    event(getTime());
    this.#poll();
  }

  #change() {
    // It begins by itself, with what there is by then.
    if (this.#hasBegun)
      this.#tell(now => this.#negotiation.change(now));
  }

  #poll() {
    // An action's end, reported in the loop, is seen to by the loop.
    if (this.#isPolling)
      return;
    this.#isPolling = true;
    for (let action; !this.closed && (action = this.#negotiation.poll());)
      this.#perform(action);
    this.#isPolling = false;
    this.#updateStats();
    this.#setTimer();
  }

  #perform(action) {
    const negotiation = this.#negotiation;
    const { type, forced, commit, description, candidate } = action;
    switch (type) {
      case "check":
        this.#checkNeed(forced);
        break;
      case "offer":
        this.#operate(connection => connection.offer(commit),
          (offer, now) => negotiation.offered(offer, now));
        break;
      case "answer":
        this.#operate(connection => connection.answer(description),
          (answer, now) => negotiation.answered(answer, now));
        break;
      case "take-answer":
        this.#operate(connection => connection.takeAnswer(description),
          (_, now) => negotiation.done(now));
        break;
      case "roll-back":
        this.#operate(connection => connection.rollBack(), (_, now) => negotiation.done(now));
        break;
      case "replace":
        this.#replace();
        break;
      case "add-candidate":
        this.#addCandidate(candidate);
        break;
      case "report":
        this.#tellApplication(action);
        break;
      default:
        this.#say(formatMessage(action), action);
        if (type === "send-reject")
          this.#report("offer-rejected", { by: "local", reason: this.#declineReason });
    }
  }

  /** The promises of a connection that is closed stay unsettled: a restart does not wait
   * for them. */
  async #operate(operation, end) {
    const interrupted = new Promise(resolve => {
      this.#interrupt = () => resolve(INTERRUPTED);
    });
    let result, failure = null;
    try {
      result = await Promise.race([operation(this.#connection), interrupted]);
    } catch (error) {
      failure = error;
    }
    this.#interrupt = null;
    this.#tell(now => {
      this.#declineReason = failure?.message;
      if (failure || result === INTERRUPTED)
        this.#negotiation.failed(failure instanceof Refusal ? "refused" : "broken",
          failure?.message ?? "interrupted", now);
      else
        end(result, now);
    });
  }

  /** An offer waits for signalling. */
  #checkNeed(forced) {
    const isOpen = this.#isOpen();
    this.#postponed = isOpen ? null : { forced };
    if (isOpen)
      this.#negotiation.checked(forced || this.#connection.isNeeded, getTime());
    else
      this.#negotiation.postponed(getTime());
  }

  async #addCandidate(candidate) {
    const connection = this.#connection;
    try {
      await connection.addCandidate(candidate);
    } catch (error) {
      if (connection === this.#connection)
        this.#tell(() => this.#negotiation.candidateFailed(candidate, error.message));
    }
  }

  #setTimer() {
    clearTimeout(this.#timer);
    let expiry = this.#negotiation.getExpiry();
    if (this.closed || this.#isOverdue || expiry === Infinity)
      return;
    if (this.signalingState === "have-local-offer")
      expiry = Math.max(expiry, this.#patientUntil);
    const ms = Math.ceil((expiry - getTime()) / 1000);
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(ms, 0), MAX_TIMER_MS));
  }

  #expire() {
    this.#isOverdue = !this.#isOpen();
    if (!this.#isOverdue)
      this.#tell(now => this.#negotiation.handleExpiry(now));
  }

  #updateStats() {
    const { lastNegotiationUs, maxNegotiationUs, ...counters } = this.#negotiation.stats;
    const ms = us => us < 0 ? null : us / 1000;
    Object.assign(this.stats, counters,
      { lastNegotiationMs: ms(lastNegotiationUs), maxNegotiationMs: ms(maxNegotiationUs) });
  }

  // --- What the application gets to know, and decides.

  #tellApplication({ report, detail: reason, session, description }) {
    this.#updateStats();
    switch (report) {
      case "state-changed":
        this.#emitState();
        break;
      case "offer-received":
        this.#report(report);
        this.#ask(description);
        break;
      case "collision":
        this.#report(report, { ignored: !this.polite });
        break;
      case "offer-rejected":
        this.#report(report, { by: "remote" });
        break;
      case "restarted":
        this.#report(report, { reason, session });
        break;
      default:
        this.#report(report, { reason });
        if (report === "stable")
          this.#connection.watch();
    }
  }

  #ask(offer) {
    let verdict = false;
    this.#held = offer;
    try {
      const { type, sdp } = offer;
      verdict = this.onoffer?.({ peer: this, description: { type, sdp } });
    } catch (error) {
      reportError(error);
    }
    // It may take its time; meanwhile a newer offer or a restart may come.
    if (verdict instanceof Promise)
      verdict.catch(() => false).then(accepted => this.#decide(offer, accepted));
    else
      this.#decide(offer, verdict);
  }

  #decide(offer, accepted) {
    if (this.#held !== offer)
      return;
    this.#held = null;
    this.#declineReason = "the application declined it";
    this.#tell(now => {
      if (accepted === false)
        this.#negotiation.reject(now);
      else
        this.#negotiation.accept(now);
    });
  }

  // --- Messages.

  #say(message, { type, id } = {}) {
    const begin = this.#negotiation.getId();
    const addressee = type === "send-beginning" ? id : this.#negotiation.getRemoteId();
    try {
      this.#send({ ...message, begin, with: addressee });
    } catch (error) {
      reportError(error);          // the application's, not ours
    }
  }

  #handle(message, now) {
    const negotiation = this.#negotiation;
    const { type, begin, addressee, description, candidate, id, session } = message;
    if (type === "beginning") {
      negotiation.receiveBeginning(message.beginning, begin, addressee, session,
        message.offerId, now);
      return;
    }
    const isVital = type !== "candidate" && type !== "bye";
    if (!negotiation.admit(begin, addressee, isVital, now))
      return;
    switch (type) {
      case "description":
        if (this.#isToBeTried(description))
          this.#try(description);
        else
          negotiation.receiveDescription(description, now);
        break;
      case "candidate": negotiation.receiveCandidate(candidate, now); break;
      case "reject": negotiation.receiveReject(id, session, now); break;
      case "restart": negotiation.receiveRestart(session, now); break;
      default: this.emit("bye");
    }
  }

  /** What works is not given up for an offer that does not. */
  #isToBeTried(description) {
    const { session } = description;
    return (session === SESSION_UNKNOWN || session === this.session)
      && this.#connection.isOther(description);
  }

  async #try(description) {
    const { id, session } = description;
    let failure = null;
    this.#waiting = [];
    try {
      await Connection.try(description);
    } catch (error) {
      failure = error;
    }
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#tell(now => {
      this.#declineReason = failure?.message;
      if (failure)
        this.#negotiation.receiveBadOffer(id, session, failure.message);
      else
        this.#negotiation.receiveDescription(description, now);
    });
    for (const data of waiting)
      this.receive(data);
  }

  // --- Connections.

  #makeConnection() {
    return new Connection(this.#rtcConfig, {
      candidate: candidate =>
        this.#tell(now => this.#negotiation.localCandidate(candidate, now)),
      needed: () => this.#tell(now => this.#negotiation.hint(now)),
      track: ({ track, streams, transceiver, receiver }) =>
        this.emit("track", { peer: this, track, streams, transceiver, receiver }),
      channel: ({ channel }) => this.emit("datachannel", { peer: this, channel }),
      state: () => this.#handleConnectionState(),
      broken: reason => this.#break(reason),
    });
  }

  #handleConnectionState() {
    if (this.connectionState === "connected")
      this.#tell(now => this.#negotiation.connected(now));
    else if (this.connectionState === "failed")
      this.#break("the connection failed");
    this.#emitState();
  }

  /** Who cannot be told of a restart goes on. */
  #break(reason) {
    if (this.#isOpen())
      this.restart(reason);
  }

  /** A fresh connection, with all that the application wants of it. */
  #replace() {
    if (!this.#isUnused) {
      const former = this.#connection;
      try {
        this.#connection = this.#makeConnection();
      } catch (error) {
        // Browsers allow some hundred, and count those in that are closed for a while.
        reportError(error);
        setTimeout(() => this.closed || this.#replace(), RETRY_CONNECTION_MS);
        return;
      }
      former.close();
      for (const track of this.#tracks.keys())
        this.#connection.put(track, this.#tracks);
      for (const channel of this.#channels)
        channel[attach](this.pc);
      this.emit("pc", { peer: this, pc: this.pc, former: former.pc });
      this.#emitState();
    }
    this.#isUnused = false;
    this.#tell(now => this.#negotiation.done(now));
  }
}
