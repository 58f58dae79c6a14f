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
 * negotiation-*.js are the other rules of the same value, negotiation-state.js is what they
 * share.  The two languages are held to each other by tests/negotiation.  What is changed here is changed
 * there, and the other way round.
 */

import { isLocal, isOffer } from "./chain.js";
import { SESSION_UNKNOWN, hasSameUfrags, hasTransport, isOfSameOrigin }
  from "./description.js";
import { explainStall, handleCandidate, releaseCandidates, sendCandidate, sendCandidatesAgain }
  from "./negotiation-candidates.js";
import { getExpiry, getOfferExpiry, getStallExpiry, mayCheck } from "./negotiation-life.js";
import { enterSession, forgetNegotiation, replaceConnection, restartNow }
  from "./negotiation-sessions.js";
import { NegotiationState } from "./negotiation-state.js";

/* What is kept for later is bounded: of a remote peer, that many messages that wait for
 * an operation's end; the next one is rejected. */
const MAX_WAITING = 1024;

export class Negotiation extends NegotiationState {
  // --- Offers.

  /** Other username fragments alone are an ICE restart, which a connection takes; with
   * another origin, too, they are of a connection that is new. */
  #isFromNewConnection(offer) {
    return this.remoteOrigin !== null && !isOfSameOrigin(offer, this.remoteOrigin)
      && !(this.remote !== null && hasTransport(this.remote)
        && hasSameUfrags(offer, this.remote));
  }

  /** Without a word to the remote peer, whose offer is answered then. */
  #renewConnection(layout, reason) {
    this.stats.restarts++;
    this.report("restarted", reason);
    replaceConnection(this, layout);
  }

  #answerOffer() {
    this.isHeld = false;
    if (this.#isFromNewConnection(this.remoteOffer))
      this.#renewConnection("none", "the remote connection is a new one");
    else
      this.startOperation("answer", { description: this.remoteOffer });
  }

  /** The remote offer is not answered; nothing was touched for it as yet. */
  #declineOffer() {
    const { id } = this.remoteOffer;
    this.remoteOffer = null;
    this.isHeld = false;
    this.startTime = 0;
    this.need.lookAgain();
    if (id !== undefined)
      this.push("send-reject", { id });
    this.reportState();
  }

  /** Takes `offer` where no offer of ours is in the way. */
  #takeOffer(offer, now) {
    this.remoteOffer = offer;
    this.ignoringOffer = false;
    this.startTime ||= now;

    this.isHeld = !this.autoAnswer;
    this.reportState();
    this.report("offer-received", undefined, offer);
    if (!this.isHeld)
      this.#answerOffer();
  }

  /** The rollback of webrtc-pc.  What was never negotiated before leaves nothing to go
   * back to but a fresh connection. */
  #takeBackOffer() {
    this.stats.rollbacks++;
    this.localOffer = null;
    this.need.lookAgain();

    this.reportState();
    this.report("rolled-back");
    if (this.isNegotiated())
      this.startOperation("roll-back");
    else
      replaceConnection(this, "negotiated");
  }

  /** https://www.w3.org/TR/webrtc/#perfect-negotiation-example */
  #handleOffer(offer, now) {
    this.stats.offersReceived++;
    if (!this.localOffer) {
      this.#takeOffer(offer, now);
      return;
    }

    this.stats.collisions++;
    if (this.polite) {
      this.report("collision");
      if (this.isAnswerRefused && this.session.isKnown) {
        restartNow(this, "an answer could not be used", now);
        return;
      }
      this.collidingOffer = offer;
      this.#takeBackOffer();
      return;
    }

    this.ignoringOffer = true;
    this.stats.offersIgnored++;
    this.filter.ignore(offer);
    this.reportState();
    this.report("collision");
    this.report("offer-ignored");
  }

  // --- Answers.

  /** Only an offer that restarts ICE is answered with other username fragments, but by a
   * page that was reloaded.  Where all sections were rejected, each begins anew. */
  #isOfOtherConnection(answer) {
    return this.remote !== null && hasTransport(this.remote)
      && !hasSameUfrags(answer, this.remote)
      && hasSameUfrags(this.localOffer, this.local);
  }

  #handleAnswer(answer, now) {
    const { answeredId } = answer;
    const id = this.localOffer?.id;
    if (!this.localOffer
        || answeredId !== undefined && id !== undefined && answeredId !== id) {
      if (answer.session === SESSION_UNKNOWN)
        this.timeout.learn();
      this.dropStaleAnswer("it answers no offer that is outstanding");
      return;
    }

    this.stats.answersReceived++;
    this.ignoringOffer = false;
    if (this.#isOfOtherConnection(answer)) {
      restartNow(this, "the remote connection is a new one", now);
      return;
    }

    this.remoteAnswer = answer;
    this.reportState();
    this.report("answer-received");
    this.startOperation("take-answer", { description: answer, commit: this.isNegotiated() });
  }

  #handleReject(id) {
    if (!this.localOffer || id !== this.localOffer.id) {
      this.dropStaleAnswer("it rejects no offer that is outstanding");
      return;
    }

    this.stats.offersRejected++;
    this.startTime = 0;
    this.#takeBackOffer();
    this.report("offer-rejected");
    this.need.decline();
  }

  // --- The chain.

  #handleEvent(event, now) {
    if (isLocal(event))
      sendCandidate(this, event.candidate);
    else if (!enterSession(this, event, now))
      return;
    else if (isOffer(event))
      this.#handleOffer(event.description, now);
    else if (event.type === "description")
      this.#handleAnswer(event.description, now);
    else if (event.type === "candidate")
      handleCandidate(this, event.candidate);
    else if (event.type === "reject")
      this.#handleReject(event.id);
    // A restart: both have restarted, or it was said twice.
  }

  #advance(now) {
    while (this.active && this.operation === null) {
      if (!this.chain.isEmpty) {
        if (now < this.replacements.expiry)
          break;
        this.#handleEvent(this.chain.pop(), now);
      } else if (mayCheck(this) && now >= this.restarts.expiry) {
        this.startOperation("check", { forced: this.need.look() });
      } else {
        break;
      }
    }
  }

  #pushEvent(event, now) {
    if (!this.active)
      return;
    if (!isLocal(event))
      this.beginnings.wasHeard = true;
    if (!this.chain.push(event, MAX_WAITING, this.session.value, this.operation === null)) {
      this.rejectMessage("too many messages wait to be handled");
      return;
    }
    this.#advance(now);
  }

  // --- Life.

  /** A remote peer is there, in session 0.  It is told that we begin, under an `id` that
   * is never used again, whatever we want of it.  The connection is made by a first
   * replace. */
  begin(id, now) {
    this.end();
    this.active = true;
    this.need.lookAgain();
    this.beginnings.begin(id);
    this.pushBeginning("first");
    replaceConnection(this, "none");
    this.#advance(now);
  }

  /** The remote peer is gone, and everything about it is forgotten.  The end of an
   * operation that is under way must not be reported any more. */
  end() {
    this.active = false;
    this.operation = null;
    this.session.clear();
    this.hasAsked = false;
    this.restarts.reset();
    this.timeout.reset();
    this.beginnings.clear();
    this.history.clear();
    this.stall.clear();
    this.need.clear();
    forgetNegotiation(this);
    this.remoteOrigin = null;
    this.chain.clear();
    this.actions = this.actions.filter(({ type }) => type === "report");
    this.reportState();
  }

  // --- What the application wishes.

  /** Something changed that may have to be negotiated. */
  change(now) {
    this.need.change();
    this.#advance(now);
  }

  /** The connection says that negotiation is needed, which is not to be believed. */
  hint(now) {
    this.need.hint();
    this.#advance(now);
  }

  /** An offer is to be made, needed or not. */
  ask(now) {
    this.need.ask();
    this.#advance(now);
  }

  /** Begins a new session as soon as the operation under way has ended. */
  restart(reason, now) {
    if (!this.active)
      return;
    if (this.operation === null) {
      restartNow(this, reason, now);
      this.#advance(now);
    } else {
      this.restartReason ??= reason;
    }
  }

  /** Does nothing unless a remote offer is held. */
  accept(now) {
    if (!this.isHeld)
      return;
    this.#answerOffer();
    this.#advance(now);
  }

  /** Likewise.  The rollback of a remote offer: nothing was touched as yet. */
  reject(now) {
    if (!this.isHeld)
      return;
    this.#declineOffer();
    this.#advance(now);
  }

  // --- What the connection does.

  /** The peers are connected: the session is a success, and what it took to get there is
   * forgiven. */
  connected(now) {
    this.stall.isConnected = true;
    this.timeout.hasExpired = false;
    this.restarts.reset();
    this.replacements.fill();
    this.#advance(now);
  }

  /** Sends it after the description that it belongs to. */
  localCandidate(candidate, now) {
    this.#pushEvent({ type: "local-candidate", session: this.session.value, candidate }, now);
  }

  // --- What the remote peer sends.

  /** `session`: the least that is to be left. */
  #obey(verdict, id, session, now) {
    if (verdict === "ask") {
      this.hasAsked = true;
      this.pushBeginning("again", id);
    } else if (verdict === "reply") {
      this.pushBeginning("heard", id);
    } else if (verdict === "renew") {
      this.#pushEvent({ type: "beginning", session }, now);
    }
  }

  /** What came before was or will be handled, with all that follows from it. */
  #dropRepeated(description) {
    if (description.type === "answer")
      this.dropStaleAnswer("it came before");
    else if (this.history.wasRefused(description))
      this.rejectMessage("it came before, and was refused");
    else
      this.report("repeated");
  }

  // Each of these is handled as soon as what came before it is through.  `session` is
  // the one that the message names, or SESSION_UNKNOWN.

  receiveDescription(description, now) {
    if (!this.active)
      return;
    if (!this.history.add(description))
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
    if (!this.active)
      return;
    const isQuestion = beginning === "again";
    const hasOffer = isQuestion ? this.history.hasOffer(offerId)
      : this.localOffer !== null;
    this.session.isKnown = true;
    const verdict = this.beginnings.hear(beginning, id, addressee, hasOffer);
    this.#obey(verdict, id, isQuestion ? session : 0, now);
    if (beginning === "heard" && verdict === "take" && this.hasAsked)
      sendCandidatesAgain(this);
  }

  /** To be asked about any other message before it is handed over; returns false if that
   * is to be dropped.  `isVital`: whether the sender would wait for what follows. */
  admit(id, addressee, isVital, now) {
    if (!this.active || id === undefined)
      return true;
    const verdict = this.beginnings.judge(id, addressee);
    if (verdict === "ask" && !isVital)
      return false;
    this.#obey(verdict, id, 0, now);
    return verdict === "take" || verdict === "renew";
  }

  /** A connection did not take `candidate` of an action.
   *
   * It may come for a section of an offer that was ignored, under the username fragment
   * that is in force: while an offer is ignored, it is ignored, as in the W3C's example. */
  candidateFailed(candidate, detail) {
    // The section may be there later.
    this.filter.forget(candidate);
    if (this.ignoringOffer)
      this.stats.candidatesIgnored++;
    else
      this.rejectMessage(detail);
  }

  /** Something that is no message; only counted and reported. */
  receiveGarbage(detail) {
    this.rejectMessage(detail);
  }

  /** An offer that breaks a rule whatever the state is declined, and changes nothing: it
   * is no collision either. */
  receiveBadOffer(id, session, detail) {
    this.beginnings.wasHeard = true;
    this.rejectMessage(detail);
    if (this.active && (session === SESSION_UNKNOWN || session === this.session.value))
      this.push("send-reject", { id });
  }

  // --- The ends of operations.

  #expectOperation(...types) {
    if (!types.includes(this.operation))
      throw new Error(`The end of ${types.join(" or ")}, but ${this.operation} is under way`);
  }

  /** Returns false if the operation's result is of no interest any more, since a restart
   * was waiting for it to end. */
  #endOperation(now) {
    const reason = this.restartReason;
    this.restartReason = null;
    this.operation = null;
    if (reason === null)
      return true;
    restartNow(this, reason, now);
    return false;
  }

  /** The negotiation under way ended with both descriptions being applied. */
  #becomeStable(local, remote, now) {
    this.local = local;
    if (!this.remote || !hasTransport(this.remote)
        || !hasSameUfrags(this.remote, remote)) {
      this.nCandidates = 0;
      this.filter.beginGeneration();
    }
    this.remote = remote;
    // webrtcbin's answers have the offer's o= line.
    if (!isOfSameOrigin(remote, local))
      this.remoteOrigin = remote;
    this.need.lookAgain();
    if (hasTransport(local) && hasTransport(remote))
      this.stall.begin(now);

    releaseCandidates(this, remote);

    const { stats } = this;
    stats.lastNegotiationUs = now - this.startTime;
    stats.maxNegotiationUs = Math.max(stats.maxNegotiationUs, stats.lastNegotiationUs);
    this.startTime = 0;
  }

  /** The end of check. */
  checked(needed, now) {
    this.#expectOperation("check");
    if (!this.#endOperation(now)) {
      this.#advance(now);
      return;
    }

    // What came meanwhile may settle the matter, and if it is an offer, spares a collision.
    if (needed && !this.chain.isEmpty)
      this.need.lookAgain();
    else
      this.#obeyNeed(this.need.judge(needed), now);
    this.#advance(now);
  }

  #obeyNeed(verdict, now) {
    if (verdict === "offer") {
      this.startTime ||= now;
      this.startOperation("offer", { commit: !this.isNegotiated() });
      this.reportState();
    } else if (verdict !== "nothing") {
      this.stats.renegotiationsSuppressed++;
      this.report("suppressed", verdict === "declined" ? "the remote peer has declined it"
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
      this.localOffer = offer;
      this.isAnswerRefused = false;
      this.offerTime = now;
      this.stats.offersSent++;
      this.push("send-description", { description: offer });
      this.reportState();
      this.report("offer-sent");
    }
    this.#advance(now);
  }

  answered(answer, now) {
    this.#expectOperation("answer");
    if (this.#endOperation(now)) {
      const offer = this.remoteOffer;
      const sent = { ...answer, answeredId: offer.id, session: this.session.value };
      this.remoteOffer = null;
      this.stats.answersSent++;
      this.push("send-description", { description: sent });
      this.#becomeStable(sent, offer, now);
      this.reportState();
      this.report("answer-sent");
      this.report("stable");
    }
    this.#advance(now);
  }

  #answerTaken(now) {
    const answer = this.remoteAnswer, offer = this.localOffer;
    this.remoteAnswer = this.localOffer = null;
    this.#becomeStable(offer, answer, now);
    this.reportState();
    this.report("stable");
  }

  /** The end of take-answer, roll-back or replace. */
  done(now) {
    const operation = this.operation;
    this.#expectOperation("take-answer", "roll-back", "replace");
    if (operation === "replace")
      this.replacements.take(now);
    if (this.#endOperation(now)) {
      const colliding = this.collidingOffer;
      if (operation === "take-answer") {
        this.#answerTaken(now);
      } else if (colliding) {
        this.collidingOffer = null;
        this.#takeOffer(colliding, now);
      } else if (this.remoteOffer && !this.isHeld) {
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
    const operation = this.operation;
    if (operation === null)
      throw new Error("No operation is under way");
    if (this.#endOperation(now)) {
      this.remoteAnswer = null;
      if (failure === "outdated") {
        this.#renewConnection("negotiated", detail);
      } else if (failure !== "refused") {
        restartNow(this, detail, now);
      } else {
        if (operation === "answer") {
          this.history.refuse(this.remoteOffer);
          this.#declineOffer();
        } else {
          this.isAnswerRefused = true;
        }
        this.rejectMessage(detail);
      }
    }
    this.#advance(now);
  }

  // --- Time.

  #handleStall(now) {
    if (this.stall.isReported) {
      this.restart("the connection did not come up", now);
    } else {
      this.stall.isReported = true;
      this.report("stalled", explainStall(this));
    }
  }

  /** When handleExpiry () has to be called; Infinity: not at all. */
  getExpiry() { return getExpiry(this); }

  /** It does no harm to call it early. */
  handleExpiry(now) {
    if (now >= getOfferExpiry(this)) {
      this.timeout.hasExpired = true;
      this.restart("an offer was not answered in time", now);
    } else if (now >= getStallExpiry(this)) {
      this.#handleStall(now);
    }
    this.#advance(now);
  }
}
