/* What waits for the clock: gst/negotiation/negotiation-life.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag: looked at when
 * the chain is empty and the state stable. */
export function mayCheck(self) {
  return self.active && self.need.isDue && !self.localOffer && !self.remoteOffer;
}

/** Our offer is unanswered: when it is to be taken for lost. */
export function getOfferExpiry(self) {
  if (!self.localOffer || self.remoteAnswer)
    return Infinity;
  return self.timeout.getExpiry(self.offerTime);
}

export function getStallExpiry(self) {
  return self.stall.getExpiry(self.timeout, self.restarts);
}

/** When handleExpiry () has to be called; Infinity: not at all. */
export function getExpiry(self) {
  // What comes of it is looked at then.
  if (self.restartReason !== null)
    return Infinity;
  const expiry = Math.min(getOfferExpiry(self), getStallExpiry(self));
  if (self.operation !== null)
    return expiry;
  if (!self.chain.isEmpty)
    return Math.min(expiry, self.replacements.expiry);
  return mayCheck(self) ? Math.min(expiry, self.restarts.expiry) : expiry;
}
