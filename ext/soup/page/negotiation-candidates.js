/* The candidates of both peers: gst/negotiation/negotiation-candidates.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Of one generation of ICE, that many candidates are taken. */
const MAX_CANDIDATES = 512;

export function handleCandidate(self, candidate) {
  switch (self.filter.judge(candidate, self.remote, self.ignoringOffer)) {
    case "add":
      if (self.nCandidates >= MAX_CANDIDATES) {
        self.rejectMessage("too many candidates");
      } else {
        self.nCandidates++;
        if (self.filter.know(candidate))
          self.push("add-candidate", { candidate });
      }
      break;
    case "keep":
      if (!self.filter.keep(candidate))
        self.rejectMessage("too many candidates without a description");
      break;
    default:
      self.stats.candidatesIgnored++;
  }
}

export function sendCandidate(self, candidate) {
  self.push("send-candidate", { candidate });
  if (self.localCandidates.length < MAX_CANDIDATES)
    self.localCandidates.push(candidate);
}

/** The remote peer has heard our offer, but began after that was made: what came
 * between the two it may not have heard.  What it has, it knows. */
export function sendCandidatesAgain(self) {
  self.hasAsked = false;
  for (const candidate of self.localCandidates)
    self.push("send-candidate", { candidate });
}

/** The end of candidates is none. */
function hasLocalCandidate(self) {
  return self.localCandidates.some(({ candidate }) => candidate !== "");
}

/** Those that waited for `remote`, the description that they belong to. */
export function releaseCandidates(self, remote) {
  for (const candidate of self.filter.release(remote)) {
    self.nCandidates++;
    self.push("add-candidate", { candidate });
  }
}

export function explainStall(self) {
  if (!self.nCandidates)
    return hasLocalCandidate(self) ? "no candidate of the remote peer has come"
      : "neither peer has found a candidate";
  return hasLocalCandidate(self) ? "the peers do not reach each other"
    : "no candidate was found on this side";
}
