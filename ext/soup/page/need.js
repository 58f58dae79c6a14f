/* Whether negotiation is needed: the negotiation-needed flag of webrtc-pc, with what it
 * follows from.  As in gst/negotiation/need.c
 * https://www.w3.org/TR/webrtc/#dfn-update-the-negotiation-needed-flag
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

export class Need {
  isDue = false;                   // it has to be found out, when the state allows
  #wasHinted = false;              // …because the connection said so
  #wasAsked = false;               // …and an offer is to be made in any case
  #wasChanged = false;             // something, since our last offer began to be made
  #wasDeclined = false;            // our last offer, and nothing has changed since

  /** The remote peer is gone. */
  clear() {
    this.isDue = this.#wasHinted = this.#wasAsked = this.#wasDeclined = false;
  }

  /** Something changed that may have to be negotiated. */
  change() {
    this.isDue = this.#wasChanged = true;
    this.#wasDeclined = false;
  }

  /** The connection says that negotiation is needed, which is not to be believed. */
  hint() { this.isDue = this.#wasHinted = true; }

  /** An offer is to be made, needed or not. */
  ask() {
    this.#wasAsked = true;
    this.change();
  }

  /** A negotiation ended, one way or the other: it may have left something to do. */
  lookAgain() { this.isDue = true; }

  /** A new session begins: what was declined in the former one may be offered. */
  renew() {
    this.isDue = true;
    this.#wasDeclined = false;
  }

  /** It is found out now.  Returns whether an offer is to be made in any case. */
  look() {
    this.isDue = false;
    return this.#wasAsked;
  }

  /** It was found out.  Returns "offer", "nothing", "suppressed" (an offer was expected,
   * and there is nothing to negotiate) or "declined" (…or what there is was before). */
  judge(isNeeded) {
    const wasHinted = this.#wasHinted;
    this.#wasHinted = this.#wasAsked = false;
    if (isNeeded && this.#wasDeclined)
      return "declined";
    if (isNeeded) {
      this.#wasChanged = false;
      return "offer";
    }
    return wasHinted ? "suppressed" : "nothing";
  }

  /** The remote peer has declined our offer.  If nothing has changed since it was made,
   * none is made, not even to find that it is suppressed. */
  decline() {
    this.#wasDeclined = !this.#wasChanged;
    this.isDue = this.#wasChanged;
  }
}
