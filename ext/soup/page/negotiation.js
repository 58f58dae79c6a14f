/* Perfect negotiation, as a value that does no I/O: gst/negotiation/negotiation.c in
 * JavaScript, name for name; negotiation.h and action.h there say what everything means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A Negotiation is fed with events (what the application wishes, what the remote peer
 * sends, what became of an operation) and asked for actions:
 *
 *     negotiation.receiveDescription(description, now);
 *     for (let action; (action = negotiation.poll());)
 *       carry it out; report the end of an operation, at once or later
 *     set a timer for negotiation.getExpiry()
 *
 * It has no clock: the time is an argument, in microseconds.  Actions are objects, their
 * `type` in small letters with hyphens.  Operations, of which no more than one is under
 * way until its end is reported: check { forced }, offer { commit }, take-answer
 * { description, commit }, answer { description }, roll-back, replace { layout }.  The
 * others: add-candidate and send-candidate { candidate }, send-description
 * { description }, send-reject { id }, send-restart, send-beginning { beginning, id,
 * offerId }, report { report, state, detail, description }.  Each has the `session` in
 * use.
 *
 * The two are held to each other by tests/negotiation.  What is changed here is changed
 * there, and the other way round.
 */

import { Beginnings } from "./beginnings.js";
import { CandidateFilter } from "./candidatefilter.js";
import { Chain, isLocal, isOffer } from "./chain.js";
import { SESSION_UNKNOWN, hasSameUfrags, hasTransport, isOfSameOrigin }
  from "./description.js";
import { History } from "./history.js";
import { Need } from "./need.js";
import { Backoff, OfferTimeout, Stall, TokenBucket } from "./pacing.js";
import { SessionNumber } from "./sessionnumber.js";

/* What is kept for later is bounded: of a remote peer, that many messages that wait for
 * an operation's end; the next one is rejected. */
const MAX_WAITING = 1024;
/* Of one generation of ICE, that many candidates are taken. */
const MAX_CANDIDATES = 512;

export class Negotiation {
  #polite = false;
  #autoAnswer = true;
  #timeout = new OfferTimeout();

  // Whether there is a remote peer; all below is of it.
  #active = false;
  #session = new SessionNumber();
  #beginnings = new Beginnings();
  #hasAsked = false;               // whether it has heard what we said, without an answer
  #history = new History();

  // The facts of webrtc-pc, from which its signaling state follows.  Without a remote
  // description nothing was negotiated with the connection in use.
  #localOffer = null;
  #remoteOffer = null;
  #local = null;                   // the one applied last
  #remote = null;                  // likewise
  #ignoringOffer = false;

  #isHeld = false;                 // the remote offer waits for accept () or reject ()
  #collidingOffer = null;          // is taken as soon as ours is rolled back
  #remoteAnswer = null;            // that is being taken
  // Our offer was answered in a way that could not be used: if it is not answered again,
  // the peers do not agree any more.
  #isAnswerRefused = false;
  #restartReason = null;           // of one that waits for the operation's end
  #remoteOrigin = null;            // what its o= lines said last

  #need = new Need();
  #offerTime = 0;                  // when the local offer was sent
  #startTime = 0;                  // of the negotiation under way; 0: none

  #stall = new Stall();
  #restarts = new Backoff();
  #replacements = new TokenBucket();

  #filter = new CandidateFilter();
  #nCandidates = 0;                // added since the last new generation
  #localCandidates = [];           // of the connection in use: what was sent
  #chain = new Chain();
  #operation = null;               // under way
  #actions = [];                   // to be polled

  // What state-changed was last reported of.
  #reported = { state: "stable", makingOffer: false, ignoringOffer: false };

  /** Counters over all peers and sessions; times in microseconds, -1: none yet. */
  stats = {
    offersSent: 0, offersReceived: 0, answersSent: 0, answersReceived: 0,
    collisions: 0, rollbacks: 0, offersIgnored: 0, candidatesIgnored: 0,
    staleAnswers: 0, offersRejected: 0, renegotiationsSuppressed: 0, restarts: 0,
    messagesRejected: 0, lastNegotiationUs: -1, maxNegotiationUs: -1,
  };

  // --- Actions.

  #push(type, members = {}) {
    this.#actions.push({ type, session: this.#session.value, ...members });
  }

  #report(report, detail = undefined, description = undefined) {
    this.#push("report", { report, state: this.getSignalingState(), detail, description });
  }

  #pushBeginning(beginning, id) {
    this.#push("send-beginning", { beginning, id,
      offerId: beginning === "again" ? this.#localOffer?.id : undefined });
  }

  #startOperation(type, members) {
    this.#operation = type;
    this.#push(type, members);
  }

  /** Tells of a change of state before telling what it came with. */
  #reportState() {
    const state = this.getSignalingState();
    const makingOffer = this.isMakingOffer();
    const ignoringOffer = this.#ignoringOffer;
    const reported = this.#reported;
    if (state === reported.state && makingOffer === reported.makingOffer
        && ignoringOffer === reported.ignoringOffer)
      return;
    this.#reported = { state, makingOffer, ignoringOffer };
    this.#report("state-changed");
  }

  #rejectMessage(detail) {
    this.stats.messagesRejected++;
    this.#report("message-rejected", detail);
  }

  // --- Connections and sessions.

  /** Forgets what is true of the connection in use only, and gets a fresh one.  A remote
   * offer that is to be answered stays. */
  #replaceConnection(layout) {
    if (layout === "none")
      this.#remoteOrigin = null;
    this.#localOffer = null;
    this.#local = null;
    this.#remote = null;
    this.#stall.clear();
    this.#nCandidates = 0;
    this.#localCandidates = [];
    this.#filter.beginGeneration();
    this.#chain.forgetLocal();
    this.#startOperation("replace", { layout });
  }

  #forgetNegotiation() {
    this.#localOffer = null;
    this.#remoteOffer = null;
    this.#remoteAnswer = null;
    this.#collidingOffer = null;
    this.#local = null;
    this.#remote = null;
    this.#filter.clear();
    this.#ignoringOffer = false;
    this.#isHeld = false;
    this.#isAnswerRefused = false;
    this.#restartReason = null;
    this.#startTime = 0;
  }

  #beginSession(session, reason, now) {
    this.#session.value = session;
    this.stats.restarts++;
    this.#restarts.fail(now);

    this.#forgetNegotiation();
    this.#need.renew();
    this.#reportState();
    this.#report("restarted", reason);
    // A peer that knows nothing of sessions goes on with the connection that it has, and
    // gets an offer that its connection can take.
    this.#replaceConnection(this.#session.isKnown ? "none" : "offered");
  }

  /** The session begins with the message that says so. */
  #restart(reason, now) {
    this.#session.value++;
    this.#push("send-restart");
    this.#beginSession(this.#session.value, reason, now);
  }

  /** Whether `event` is to be handled now.  It is not if it is of a former session, nor
   * if it comes with a session of its own to be entered first: then it is put back. */
  #enterSession(event, now) {
    const { type, session } = event;
    switch (this.#session.judge(event)) {
      case "present":
        return true;
      case "next":
        this.#chain.putBack(event);
        this.#beginSession(session, "the remote peer has restarted", now);
        return false;
      case "begins":
        // What led to no connection, led to none with another one.
        this.#restarts.reset();
        this.#restart("the remote peer begins", now);
        break;
      case "outdated":
        this.#push("send-restart");
        break;
      default:
        if (type === "candidate")
          this.stats.candidatesIgnored++;
        else
          this.#dropStaleAnswer("it is of a former session");
    }
    if (type === "description" || type === "reject")
      this.#timeout.learn();
    return false;
  }

  // --- Offers.

  /** Other username fragments alone are an ICE restart, which a connection takes; with
   * another origin, too, they are of a connection that is new. */
  #isFromNewConnection(offer) {
    return this.#remoteOrigin !== null && !isOfSameOrigin(offer, this.#remoteOrigin)
      && !(this.#remote !== null && hasSameUfrags(offer, this.#remote));
  }

  /** Without a word to the remote peer, whose offer is answered then. */
  #renewConnection(layout, reason) {
    this.stats.restarts++;
    this.#report("restarted", reason);
    this.#replaceConnection(layout);
  }

  #answerOffer() {
    this.#isHeld = false;
    if (this.#isFromNewConnection(this.#remoteOffer))
      this.#renewConnection("none", "the remote connection is a new one");
    else
      this.#startOperation("answer", { description: this.#remoteOffer });
  }

  /** The remote offer is not answered; nothing was touched for it as yet. */
  #declineOffer() {
    const { id } = this.#remoteOffer;
    this.#remoteOffer = null;
    this.#isHeld = false;
    this.#startTime = 0;
    this.#need.lookAgain();
    if (id !== undefined)
      this.#push("send-reject", { id });
    this.#reportState();
  }

  /** Takes `offer` where no offer of ours is in the way. */
  #takeOffer(offer, now) {
    this.#remoteOffer = offer;
    this.#ignoringOffer = false;
    this.#startTime ||= now;

    this.#isHeld = !this.#autoAnswer;
    this.#reportState();
    this.#report("offer-received", undefined, offer);
    if (!this.#isHeld)
      this.#answerOffer();
  }

  /** The rollback of webrtc-pc.  What was never negotiated before leaves nothing to go
   * back to but a fresh connection. */
  #takeBackOffer() {
    this.stats.rollbacks++;
    this.#localOffer = null;
    this.#need.lookAgain();

    this.#reportState();
    this.#report("rolled-back");
    if (this.isNegotiated())
      this.#startOperation("roll-back");
    else
      this.#replaceConnection("negotiated");
  }

  /** https://www.w3.org/TR/webrtc/#perfect-negotiation-example */
  #handleOffer(offer, now) {
    this.stats.offersReceived++;
    if (!this.#localOffer) {
      this.#takeOffer(offer, now);
      return;
    }

    this.stats.collisions++;
    if (this.#polite) {
      this.#report("collision");
      if (this.#isAnswerRefused && this.#session.isKnown) {
        this.#restart("an answer could not be used", now);
        return;
      }
      this.#collidingOffer = offer;
      this.#takeBackOffer();
      return;
    }

    this.#ignoringOffer = true;
    this.stats.offersIgnored++;
    this.#filter.ignore(offer);
    this.#reportState();
    this.#report("collision");
    this.#report("offer-ignored");
  }

  // --- Answers.

  /** Only an offer that restarts ICE is answered with other username fragments, but by a
   * page that was reloaded. */
  #isOfOtherConnection(answer) {
    return this.#remote !== null && !hasSameUfrags(answer, this.#remote)
      && hasSameUfrags(this.#localOffer, this.#local);
  }

  #dropStaleAnswer(detail) {
    this.stats.staleAnswers++;
    this.#report("stale-answer", detail);
  }

  #handleAnswer(answer, now) {
    const { answeredId } = answer;
    const id = this.#localOffer?.id;
    if (!this.#localOffer
        || answeredId !== undefined && id !== undefined && answeredId !== id) {
      if (answer.session === SESSION_UNKNOWN)
        this.#timeout.learn();
      this.#dropStaleAnswer("it answers no offer that is outstanding");
      return;
    }

    this.stats.answersReceived++;
    this.#ignoringOffer = false;
    if (this.#isOfOtherConnection(answer)) {
      this.#restart("the remote connection is a new one", now);
      return;
    }

    this.#remoteAnswer = answer;
    this.#reportState();
    this.#report("answer-received");
    this.#startOperation("take-answer", { description: answer, commit: this.isNegotiated() });
  }

  #handleReject(id) {
    if (!this.#localOffer || id !== this.#localOffer.id) {
      this.#dropStaleAnswer("it rejects no offer that is outstanding");
      return;
    }

    this.stats.offersRejected++;
    this.#startTime = 0;
    this.#takeBackOffer();
    this.#report("offer-rejected");
    this.#need.decline();
  }

  // --- Candidates.

  #handleCandidate(candidate) {
    switch (this.#filter.judge(candidate, this.#remote, this.#ignoringOffer)) {
      case "add":
        if (this.#nCandidates >= MAX_CANDIDATES) {
          this.#rejectMessage("too many candidates");
        } else {
          this.#nCandidates++;
          if (this.#filter.know(candidate))
            this.#push("add-candidate", { candidate });
        }
        break;
      case "keep":
        if (!this.#filter.keep(candidate))
          this.#rejectMessage("too many candidates without a description");
        break;
      default:
        this.stats.candidatesIgnored++;
    }
  }

  #sendCandidate(candidate) {
    this.#push("send-candidate", { candidate });
    if (this.#localCandidates.length < MAX_CANDIDATES)
      this.#localCandidates.push(candidate);
  }

  /** The remote peer has heard our offer, but began after that was made: what came
   * between the two it may not have heard.  What it has, it knows. */
  #sendCandidatesAgain() {
    this.#hasAsked = false;
    for (const candidate of this.#localCandidates)
      this.#push("send-candidate", { candidate });
  }

  /** The end of candidates is none. */
  #hasLocalCandidate() {
    return this.#localCandidates.some(({ candidate }) => candidate !== "");
  }

  // --- The chain.

  #handleEvent(event, now) {
    if (isLocal(event))
      this.#sendCandidate(event.candidate);
    else if (!this.#enterSession(event, now))
      return;
    else if (isOffer(event))
      this.#handleOffer(event.description, now);
    else if (event.type === "description")
      this.#handleAnswer(event.description, now);
    else if (event.type === "candidate")
      this.#handleCandidate(event.candidate);
    else if (event.type === "reject")
      this.#handleReject(event.id);
    // A restart: both have restarted, or it was said twice.
  }

  /** https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag: looked at when
   * the chain is empty and the state stable. */
  #mayCheck() {
    return this.#active && this.#need.isDue && !this.#localOffer && !this.#remoteOffer;
  }

  #advance(now) {
    while (this.#active && this.#operation === null) {
      if (!this.#chain.isEmpty) {
        if (now < this.#replacements.expiry)
          break;
        this.#handleEvent(this.#chain.pop(), now);
      } else if (this.#mayCheck() && now >= this.#restarts.expiry) {
        this.#startOperation("check", { forced: this.#need.look() });
      } else {
        break;
      }
    }
  }

  #pushEvent(event, now) {
    if (!this.#active)
      return;
    if (!isLocal(event))
      this.#beginnings.wasHeard = true;
    if (!this.#chain.push(event, MAX_WAITING, this.#session.value, this.#operation === null)) {
      this.#rejectMessage("too many messages wait to be handled");
      return;
    }
    this.#advance(now);
  }

  // --- Settings; they may change at any time.

  setPolite(polite) { this.#polite = polite; }

  /** A remote offer that is held stays so. */
  setAutoAnswer(automatic) { this.#autoAnswer = automatic; }

  /** After which an unanswered offer is taken for lost; 0: never. */
  setTimeout(timeout) { this.#timeout.set(timeout); }

  // --- Life.

  /** A remote peer is there, in session 0.  It is told that we begin, under an `id` that
   * is never used again, whatever we want of it.  The connection is made by a first
   * replace. */
  begin(id, now) {
    this.end();
    this.#active = true;
    this.#need.lookAgain();
    this.#beginnings.begin(id);
    this.#pushBeginning("first");
    this.#replaceConnection("none");
    this.#advance(now);
  }

  /** The remote peer is gone, and everything about it is forgotten.  The end of an
   * operation that is under way must not be reported any more. */
  end() {
    this.#active = false;
    this.#operation = null;
    this.#session.clear();
    this.#hasAsked = false;
    this.#restarts.reset();
    this.#timeout.reset();
    this.#beginnings.clear();
    this.#history.clear();
    this.#stall.clear();
    this.#need.clear();
    this.#forgetNegotiation();
    this.#remoteOrigin = null;
    this.#chain.clear();
    this.#actions = this.#actions.filter(({ type }) => type === "report");
    this.#reportState();
  }

  // --- What the application wishes.

  /** Something changed that may have to be negotiated. */
  change(now) {
    this.#need.change();
    this.#advance(now);
  }

  /** The connection says that negotiation is needed, which is not to be believed. */
  hint(now) {
    this.#need.hint();
    this.#advance(now);
  }

  /** An offer is to be made, needed or not. */
  ask(now) {
    this.#need.ask();
    this.#advance(now);
  }

  /** Begins a new session as soon as the operation under way has ended. */
  restart(reason, now) {
    if (!this.#active)
      return;
    if (this.#operation === null) {
      this.#restart(reason, now);
      this.#advance(now);
    } else {
      this.#restartReason ??= reason;
    }
  }

  /** Does nothing unless a remote offer is held. */
  accept(now) {
    if (!this.#isHeld)
      return;
    this.#answerOffer();
    this.#advance(now);
  }

  /** Likewise.  The rollback of a remote offer: nothing was touched as yet. */
  reject(now) {
    if (!this.#isHeld)
      return;
    this.#declineOffer();
    this.#advance(now);
  }

  // --- What the connection does.

  /** The peers are connected: the session is a success, and what it took to get there is
   * forgiven. */
  connected(now) {
    this.#stall.isConnected = true;
    this.#timeout.hasExpired = false;
    this.#restarts.reset();
    this.#replacements.fill();
    this.#advance(now);
  }

  /** Sends it after the description that it belongs to. */
  localCandidate(candidate, now) {
    this.#pushEvent({ type: "local-candidate", session: this.#session.value, candidate }, now);
  }

  // --- What the remote peer sends.

  /** `session`: the least that is to be left. */
  #obey(verdict, id, session, now) {
    if (verdict === "ask") {
      this.#hasAsked = true;
      this.#pushBeginning("again", id);
    } else if (verdict === "reply") {
      this.#pushBeginning("heard", id);
    } else if (verdict === "renew") {
      this.#pushEvent({ type: "beginning", session }, now);
    }
  }

  /** What came before was or will be handled, with all that follows from it. */
  #dropRepeated(description) {
    if (description.type === "answer")
      this.#dropStaleAnswer("it came before");
    else if (this.#history.wasRefused(description))
      this.#rejectMessage("it came before, and was refused");
    else
      this.#report("repeated");
  }

  // Each of these is handled as soon as what came before it is through.  `session` is
  // the one that the message names, or SESSION_UNKNOWN.

  receiveDescription(description, now) {
    if (!this.#active)
      return;
    if (!this.#history.add(description))
      this.#dropRepeated(description);
    else
      this.#pushEvent({ type: "description", session: description.session, description },
        now);
  }

  receiveCandidate(candidate, now) {
    this.#pushEvent({ type: "candidate", session: candidate.session, candidate }, now);
  }

  /** `id`: of the offer that the remote peer declines */
  receiveReject(id, session, now) {
    this.#pushEvent({ type: "reject", session, id }, now);
  }

  receiveRestart(session, now) {
    this.#pushEvent({ type: "restart", session }, now);
  }

  /** Somebody has begun with us, and it may be somebody new.  `addressee`: our beginning
   * that it knows of; `session`: of "again": the one that it has come to; `offerId`: of
   * "again": of the offer that it waits for an answer to. */
  receiveBeginning(beginning, id, addressee, session, offerId, now) {
    if (!this.#active)
      return;
    const isQuestion = beginning === "again";
    const hasOffer = isQuestion ? this.#history.hasOffer(offerId)
      : this.#localOffer !== null;
    this.#session.isKnown = true;
    const verdict = this.#beginnings.hear(beginning, id, addressee, hasOffer);
    this.#obey(verdict, id, isQuestion ? session : 0, now);
    if (beginning === "heard" && verdict === "take" && this.#hasAsked)
      this.#sendCandidatesAgain();
  }

  /** To be asked about any other message before it is handed over; returns false if that
   * is to be dropped.  `isVital`: whether the sender would wait for what follows. */
  admit(id, addressee, isVital, now) {
    if (!this.#active || id === undefined)
      return true;
    const verdict = this.#beginnings.judge(id, addressee);
    if (verdict === "ask" && !isVital)
      return false;
    this.#obey(verdict, id, 0, now);
    return verdict === "take" || verdict === "renew";
  }

  /** A candidate cannot be added.  One of an offer that is ignored may have the username
   * fragment in force, and be for a section that is in that offer alone. */
  candidateFailed(detail) {
    if (this.#ignoringOffer)
      this.stats.candidatesIgnored++;
    else
      this.#rejectMessage(detail);
  }

  /** Something that is no message; only counted and reported. */
  receiveGarbage(detail) {
    this.#rejectMessage(detail);
  }

  /** An offer that breaks a rule whatever the state is declined, and changes nothing: it
   * is no collision either. */
  receiveBadOffer(id, session, detail) {
    this.#beginnings.wasHeard = true;
    this.#rejectMessage(detail);
    if (this.#active && (session === SESSION_UNKNOWN || session === this.#session.value))
      this.#push("send-reject", { id });
  }

  // --- The ends of operations.

  #expectOperation(...types) {
    if (!types.includes(this.#operation))
      throw new Error(`The end of ${types.join(" or ")}, but ${this.#operation} is under way`);
  }

  /** Returns false if the operation's result is of no interest any more, since a restart
   * was waiting for it to end. */
  #endOperation(now) {
    const reason = this.#restartReason;
    this.#restartReason = null;
    this.#operation = null;
    if (reason === null)
      return true;
    this.#restart(reason, now);
    return false;
  }

  /** The negotiation under way ended with both descriptions being applied. */
  #becomeStable(local, remote, now) {
    this.#local = local;
    if (!this.#remote || !hasSameUfrags(this.#remote, remote)) {
      this.#nCandidates = 0;
      this.#filter.beginGeneration();
    }
    this.#remote = remote;
    // webrtcbin's answers have the offer's o= line.
    if (!isOfSameOrigin(remote, local))
      this.#remoteOrigin = remote;
    this.#need.lookAgain();
    if (hasTransport(local) && hasTransport(remote))
      this.#stall.begin(now);

    for (const candidate of this.#filter.release(remote)) {
      this.#nCandidates++;
      this.#push("add-candidate", { candidate });
    }

    const { stats } = this;
    stats.lastNegotiationUs = now - this.#startTime;
    stats.maxNegotiationUs = Math.max(stats.maxNegotiationUs, stats.lastNegotiationUs);
    this.#startTime = 0;
  }

  /** The end of check. */
  checked(needed, now) {
    this.#expectOperation("check");
    if (!this.#endOperation(now)) {
      this.#advance(now);
      return;
    }

    // What came meanwhile may settle the matter, and if it is an offer, spares a collision.
    if (needed && !this.#chain.isEmpty)
      this.#need.lookAgain();
    else
      this.#obeyNeed(this.#need.judge(needed), now);
    this.#advance(now);
  }

  #obeyNeed(verdict, now) {
    if (verdict === "offer") {
      this.#startTime ||= now;
      this.#startOperation("offer", { commit: !this.isNegotiated() });
      this.#reportState();
    } else if (verdict !== "nothing") {
      this.stats.renegotiationsSuppressed++;
      this.#report("suppressed", verdict === "declined" ? "the remote peer has declined it"
        : "there is nothing to negotiate");
    }
  }

  /** Likewise: it is not known yet what there is to negotiate.  change () or hint () say
   * when to look again. */
  postponed(now) {
    this.#expectOperation("check");
    this.#endOperation(now);
    this.#advance(now);
  }

  offered(offer, now) {
    this.#expectOperation("offer");
    if (this.#endOperation(now)) {
      this.#localOffer = offer;
      this.#isAnswerRefused = false;
      this.#offerTime = now;
      this.stats.offersSent++;
      this.#push("send-description", { description: offer });
      this.#reportState();
      this.#report("offer-sent");
    }
    this.#advance(now);
  }

  answered(answer, now) {
    this.#expectOperation("answer");
    if (this.#endOperation(now)) {
      const offer = this.#remoteOffer;
      const sent = { ...answer, answeredId: offer.id, session: this.#session.value };
      this.#remoteOffer = null;
      this.stats.answersSent++;
      this.#push("send-description", { description: sent });
      this.#becomeStable(sent, offer, now);
      this.#reportState();
      this.#report("answer-sent");
      this.#report("stable");
    }
    this.#advance(now);
  }

  #answerTaken(now) {
    const answer = this.#remoteAnswer, offer = this.#localOffer;
    this.#remoteAnswer = this.#localOffer = null;
    this.#becomeStable(offer, answer, now);
    this.#reportState();
    this.#report("stable");
  }

  /** The end of take-answer, roll-back or replace. */
  done(now) {
    const operation = this.#operation;
    this.#expectOperation("take-answer", "roll-back", "replace");
    if (operation === "replace")
      this.#replacements.take(now);
    if (this.#endOperation(now)) {
      const colliding = this.#collidingOffer;
      if (operation === "take-answer") {
        this.#answerTaken(now);
      } else if (colliding) {
        this.#collidingOffer = null;
        this.#takeOffer(colliding, now);
      } else if (this.#remoteOffer && !this.#isHeld) {
        this.#answerOffer();
      }
    }
    this.#advance(now);
  }

  /** The operation under way failed: "refused" (of answer and take-answer): the remote
   * description breaks a rule, and nothing was touched; "outdated" (of answer): only a
   * fresh connection can take it; "broken": the connection is of no use any more.
   *
   * A refused offer is declined.  A refused answer is as if it had never come: the offer
   * is still outstanding. */
  failed(failure, detail, now) {
    const operation = this.#operation;
    if (operation === null)
      throw new Error("No operation is under way");
    if (this.#endOperation(now)) {
      this.#remoteAnswer = null;
      if (failure === "outdated") {
        this.#renewConnection("negotiated", detail);
      } else if (failure !== "refused") {
        this.#restart(detail, now);
      } else {
        if (operation === "answer") {
          this.#history.refuse(this.#remoteOffer);
          this.#declineOffer();
        } else {
          this.#isAnswerRefused = true;
        }
        this.#rejectMessage(detail);
      }
    }
    this.#advance(now);
  }

  // --- Actions and time.

  /** What to do next; undefined: nothing until the next event. */
  poll() {
    return this.#actions.shift();
  }

  /** Our offer is unanswered: when it is to be taken for lost. */
  #getOfferExpiry() {
    if (!this.#localOffer || this.#remoteAnswer)
      return Infinity;
    return this.#timeout.getExpiry(this.#offerTime);
  }

  #getStallExpiry() {
    return this.#stall.getExpiry(this.#timeout, this.#restarts);
  }

  #explainStall() {
    if (!this.#nCandidates)
      return this.#hasLocalCandidate() ? "no candidate of the remote peer has come"
        : "neither peer has found a candidate";
    return this.#hasLocalCandidate() ? "the peers do not reach each other"
      : "no candidate was found on this side";
  }

  #handleStall(now) {
    if (this.#stall.isReported) {
      this.restart("the connection did not come up", now);
    } else {
      this.#stall.isReported = true;
      this.#report("stalled", this.#explainStall());
    }
  }

  /** When handleExpiry () has to be called; Infinity: not at all. */
  getExpiry() {
    // What comes of it is looked at then.
    if (this.#restartReason !== null)
      return Infinity;
    const expiry = Math.min(this.#getOfferExpiry(), this.#getStallExpiry());
    if (this.#operation !== null)
      return expiry;
    if (!this.#chain.isEmpty)
      return Math.min(expiry, this.#replacements.expiry);
    return this.#mayCheck() ? Math.min(expiry, this.#restarts.expiry) : expiry;
  }

  /** It does no harm to call it early. */
  handleExpiry(now) {
    if (now >= this.#getOfferExpiry()) {
      this.#timeout.hasExpired = true;
      this.restart("an offer was not answered in time", now);
    } else if (now >= this.#getStallExpiry()) {
      this.#handleStall(now);
    }
    this.#advance(now);
  }

  // --- The state.

  /** As the specification's: an offer that is sent is a local one, committed or not, and
   * one that waits for the application is a remote one. */
  getSignalingState() {
    if (this.#localOffer)
      return "have-local-offer";
    return this.#remoteOffer ? "have-remote-offer" : "stable";
  }

  isPolite() { return this.#polite; }
  isMakingOffer() { return this.#operation === "offer"; }
  isIgnoringOffer() { return this.#ignoringOffer; }

  /** Nothing is under way, nor waits for anything but the clock. */
  isIdle() {
    return this.#operation === null && this.#chain.isEmpty
      && this.#actions.length === 0 && !this.#localOffer && !this.#remoteOffer;
  }

  isNegotiated() { return this.#remote !== null; }

  /** Under which we have begun with the remote peer. */
  getId() { return this.#beginnings.own; }

  /** Under which it has begun with us, as far as we have heard. */
  getRemoteId() { return this.#beginnings.remote; }

  /** After how long an offer is given up, as it has turned out to be right; 0: never. */
  getTimeout() { return this.#timeout.get(); }

  getSession() { return this.#session.value; }
}
