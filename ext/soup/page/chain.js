/* The operations chain of webrtc-pc: events that wait for the end of the operation under
 * way, and are handled one after the other.  As in gst/negotiation/chain.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An event is { type, session } and, of "description", { description }, of "candidate"
 * and "local-candidate" { candidate }, of "reject" { id }.  The others are "restart" and
 * "beginning", whose session is the least that is to be left.
 */

/** Whether it is of the connection in use, and not of the remote peer. */
export const isLocal = ({ type }) => type === "local-candidate";

export const isOffer = ({ type, description }) =>
  type === "description" && description.type === "offer";

/** Nobody restarts to session 0: the remote peer has only begun, and has not heard what
 * we have said so far, in whatever session. */
export const isBeginning = ({ type, session }) =>
  type === "beginning" || type === "restart" && session === 0;

/** What waits to be handled is moot once the remote peer has begun again; and when it
 * offers again, it has taken back what it offered before. */
function isSuperseded(waiting, event, session, isIdle) {
  if (isLocal(waiting) || isLocal(event))
    return false;
  if (isBeginning(event))
    return true;
  if (isBeginning(waiting))
    return false;
  if (event.session > session)
    return waiting.session < event.session;
  return isIdle && isOffer(event) && isOffer(waiting) && waiting.session <= event.session;
}

export class Chain {
  #events = [];                    // oldest first

  get isEmpty() { return this.#events.length === 0; }

  /** Forgets what `event` makes moot, and appends it.  `max`: so many may wait;
   * `session`: the present one; `isIdle`: whether no operation is under way.  Returns
   * false if there are too many. */
  push(event, max, session, isIdle) {
    this.#events = this.#events.filter(
      waiting => !isSuperseded(waiting, event, session, isIdle));
    return this.#events.length < max && this.#events.push(event) > 0;
  }

  /** That was taken last, and has to wait once more. */
  putBack(event) { this.#events.unshift(event); }

  /** Takes the oldest one. */
  pop() { return this.#events.shift(); }

  /** The connection in use is replaced. */
  forgetLocal() {
    this.#events = this.#events.filter(event => !isLocal(event));
  }

  clear() { this.#events = []; }
}
