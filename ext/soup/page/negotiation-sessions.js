/* How a call is begun again: gst/negotiation/negotiation-sessions.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** Forgets what is true of the connection in use only, and gets a fresh one.  A remote
 * offer that is to be answered stays. */
export function replaceConnection(self, layout) {
  if (layout === "none")
    self.remoteOrigin = null;
  self.localOffer = null;
  self.local = null;
  self.remote = null;
  self.stall.clear();
  self.nCandidates = 0;
  self.localCandidates = [];
  self.filter.beginGeneration();
  self.chain.forgetLocal();
  self.startOperation("replace", { layout });
}

export function forgetNegotiation(self) {
  self.localOffer = null;
  self.remoteOffer = null;
  self.remoteAnswer = null;
  self.collidingOffer = null;
  self.local = null;
  self.remote = null;
  self.filter.clear();
  self.ignoringOffer = false;
  self.isHeld = false;
  self.isAnswerRefused = false;
  self.restartReason = null;
  self.startTime = 0;
}

function beginSession(self, session, reason, now) {
  self.session.value = session;
  self.stats.restarts++;
  self.restarts.fail(now);

  forgetNegotiation(self);
  self.need.renew();
  self.reportState();
  self.report("restarted", reason);
  // A peer that knows nothing of sessions goes on with the connection that it has, and
  // gets an offer that its connection can take.
  replaceConnection(self, self.session.isKnown ? "none" : "offered");
}

/** The session begins with the message that says so. */
export function restartNow(self, reason, now) {
  self.session.value++;
  self.push("send-restart");
  beginSession(self, self.session.value, reason, now);
}

/** Whether `event` is to be handled now.  It is not if it is of a former session, nor
 * if it comes with a session of its own to be entered first: then it is put back. */
export function enterSession(self, event, now) {
  const { type, session } = event;
  switch (self.session.judge(event)) {
    case "present":
      return true;
    case "next":
      self.chain.putBack(event);
      beginSession(self, session, "the remote peer has restarted", now);
      return false;
    case "begins":
      // What led to no connection, led to none with another one.
      self.restarts.reset();
      restartNow(self, "the remote peer begins", now);
      break;
    case "outdated":
      self.push("send-restart");
      break;
    default:
      if (type === "candidate")
        self.stats.candidatesIgnored++;
      else
        self.dropStaleAnswer("it is of a former session");
  }
  if (type === "description" || type === "reject")
    self.timeout.learn();
  return false;
}
