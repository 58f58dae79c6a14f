/* What a negotiation knows, what it wants done, and what it tells of itself: for the
 * other parts of it, which are negotiation.js and negotiation-*.js.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { Beginnings } from "./beginnings.js";
import { CandidateFilter } from "./candidatefilter.js";
import { Chain } from "./chain.js";
import { History } from "./history.js";
import { Need } from "./need.js";
import { Backoff, OfferTimeout, Stall, TokenBucket } from "./pacing.js";
import { SessionNumber } from "./sessionnumber.js";

export class NegotiationState {
  polite = false;
  autoAnswer = true;
  timeout = new OfferTimeout();

  // Whether there is a remote peer; all below is of it.
  active = false;
  session = new SessionNumber();
  beginnings = new Beginnings();
  hasAsked = false;               // whether it has heard what we said, without an answer
  history = new History();

  // The facts of webrtc-pc, from which its signaling state follows.  Without a remote
  // description nothing was negotiated with the connection in use.
  localOffer = null;
  remoteOffer = null;
  local = null;                   // the one applied last
  remote = null;                  // likewise
  ignoringOffer = false;

  isHeld = false;                 // the remote offer waits for accept () or reject ()
  collidingOffer = null;          // is taken as soon as ours is rolled back
  remoteAnswer = null;            // that is being taken
  // Our offer was answered in a way that could not be used: if it is not answered again,
  // the peers do not agree any more.
  isAnswerRefused = false;
  restartReason = null;           // of one that waits for the operation's end
  remoteOrigin = null;            // what its o= lines said last

  need = new Need();
  offerTime = 0;                  // when the local offer was sent
  startTime = 0;                  // of the negotiation under way; 0: none

  stall = new Stall();
  restarts = new Backoff();
  replacements = new TokenBucket();

  filter = new CandidateFilter();
  nCandidates = 0;                // added since the last new generation
  localCandidates = [];           // of the connection in use: what was sent
  chain = new Chain();
  operation = null;               // under way
  actions = [];                   // to be polled

  // What state-changed was last reported of.
  reported = { state: "stable", makingOffer: false, ignoringOffer: false };

  /** Counters over all peers and sessions; times in microseconds, -1: none yet. */
  stats = {
    offersSent: 0, offersReceived: 0, answersSent: 0, answersReceived: 0,
    collisions: 0, rollbacks: 0, offersIgnored: 0, candidatesIgnored: 0,
    staleAnswers: 0, offersRejected: 0, renegotiationsSuppressed: 0, restarts: 0,
    messagesRejected: 0, lastNegotiationUs: -1, maxNegotiationUs: -1,
  };

  // --- Actions.

  push(type, members = {}) {
    this.actions.push({ type, session: this.session.value, ...members });
  }

  report(report, detail = undefined, description = undefined) {
    this.push("report", { report, state: this.getSignalingState(), detail, description });
  }

  pushBeginning(beginning, id) {
    this.push("send-beginning", { beginning, id,
      offerId: beginning === "again" ? this.localOffer?.id : undefined });
  }

  startOperation(type, members) {
    this.operation = type;
    this.push(type, members);
  }

  /** Tells of a change of state before telling what it came with. */
  reportState() {
    const state = this.getSignalingState();
    const makingOffer = this.isMakingOffer();
    const ignoringOffer = this.ignoringOffer;
    const reported = this.reported;
    if (state === reported.state && makingOffer === reported.makingOffer
        && ignoringOffer === reported.ignoringOffer)
      return;
    this.reported = { state, makingOffer, ignoringOffer };
    this.report("state-changed");
  }

  rejectMessage(detail) {
    this.stats.messagesRejected++;
    this.report("message-rejected", detail);
  }

  dropStaleAnswer(detail) {
    this.stats.staleAnswers++;
    this.report("stale-answer", detail);
  }

  /** What to do next; undefined: nothing until the next event. */
  poll() {
    return this.actions.shift();
  }

  // --- Settings; they may change at any time.

  setPolite(polite) { this.polite = polite; }

  /** A remote offer that is held stays so. */
  setAutoAnswer(automatic) { this.autoAnswer = automatic; }

  /** After which an unanswered offer is taken for lost; 0: never. */
  setTimeout(timeout) { this.timeout.set(timeout); }

  // --- The state.

  /** As the specification's: an offer that is sent is a local one, committed or not, and
   * one that waits for the application is a remote one. */
  getSignalingState() {
    if (this.localOffer)
      return "have-local-offer";
    return this.remoteOffer ? "have-remote-offer" : "stable";
  }

  isPolite() { return this.polite; }
  isMakingOffer() { return this.operation === "offer"; }
  isIgnoringOffer() { return this.ignoringOffer; }

  /** Nothing is under way, nor waits for anything but the clock. */
  isIdle() {
    return this.operation === null && this.chain.isEmpty
      && this.actions.length === 0 && !this.localOffer && !this.remoteOffer;
  }

  isNegotiated() { return this.remote !== null; }

  /** Under which we have begun with the remote peer. */
  getId() { return this.beginnings.own; }

  /** Under which it has begun with us, as far as we have heard. */
  getRemoteId() { return this.beginnings.remote; }

  /** After how long an offer is given up, as it has turned out to be right; 0: never. */
  getTimeout() { return this.timeout.get(); }

  getSession() { return this.session.value; }
}
