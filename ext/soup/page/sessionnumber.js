/* The number of a session: as in gst/negotiation/sessionnumber.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sessions of a call are counted from 0.  Each begins with fresh connections, and what is
 * said in it has its number: so what is of a former one is told apart.  The higher number
 * wins; docs/protocol.md has the rules.
 */

import { isBeginning, isOffer } from "./chain.js";
import { SESSION_UNKNOWN } from "./description.js";

export class SessionNumber {
  value = 0;                       // of the present session
  isKnown = false;                 // the remote peer has shown that it knows of sessions

  clear() {
    this.value = 0;
    this.isKnown = false;
  }

  /** What an event from the remote peer is of: "present"; "next", a later session, which
   * begins with it; "begins": the remote peer begins, and a session follows that is new
   * to both (the value is then the highest that is to be left); "outdated": a former one,
   * and whoever sent it does not know the present one; "over": a former one, and nothing
   * follows from it. */
  judge(event) {
    const { type, session } = event;
    if (session === SESSION_UNKNOWN)
      return "present";

    this.isKnown = true;
    if (isBeginning(event)) {
      this.value = Math.max(this.value, session);
      return "begins";
    }
    if (session === this.value)
      return "present";
    if (session > this.value)
      return "next";
    // Whoever makes offers in a former session does not know the present one.
    return type === "restart" || isOffer(event) ? "outdated" : "over";
  }
}
