/* How fast things may follow each other.  Each says when it expires, in microseconds of
 * the clock that it is told: as in gst/negotiation/pacing.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

const SECOND = 1000000;
const NEVER = Infinity;

const N_TOKENS = 16;
const INTERVAL = SECOND;

/** Fresh connections cost their owner milliseconds and the remote peer, who has them
 * made, a few bytes.  So many may follow each other at once, and then one an interval. */
export class TokenBucket {
  #paidAt = 0;                     // when all that was taken so far is paid for

  fill() { this.#paidAt = 0; }

  take(now) { this.#paidAt = Math.max(this.#paidAt, now) + INTERVAL; }

  /** When there is a token; it may be in the past. */
  get expiry() { return this.#paidAt - N_TOKENS * INTERVAL; }
}

const FIRST_DELAY = SECOND;
const MAX_DELAY = 30 * SECOND;

/** The second restart in a row waits before it makes its offer, the third one twice as
 * long, and so on. */
export class Backoff {
  nFailures = 0;                   // restarts in a row that led to no connection
  expiry = 0;                      // before which no offer is made

  reset() { this.nFailures = this.expiry = 0; }

  /** One more; whether it fails, too, is to be seen. */
  fail(now) {
    this.nFailures++;
    this.expiry = this.nFailures > 1
      ? now + Math.min(FIRST_DELAY * 2 ** (this.nFailures - 2), MAX_DELAY) : 0;
  }
}

const MAX_DOUBLINGS = 4;

/** After how long an unanswered offer is given up.  Where something comes after all that
 * belongs to it, the line is slow, not broken. */
export class OfferTimeout {
  base = 0;                        // what the application has set; 0: never
  hasExpired = false;              // an offer was given up; no connection since
  #nDoublings = 0;                 // how often it turned out to be too short

  set(base) {
    this.base = base;
    this.#nDoublings = 0;
  }

  /** The remote peer is gone: what was learned was of the line to it. */
  reset() {
    this.#nDoublings = 0;
    this.hasExpired = false;
  }

  /** Something has come that belongs to an offer that is over. */
  learn() {
    if (this.hasExpired && this.#nDoublings < MAX_DOUBLINGS)
      this.#nDoublings++;
  }

  /** As it has turned out to be right; 0: never. */
  get() { return this.base * 2 ** this.#nDoublings; }

  getExpiry(sentAt) { return this.base ? sentAt + this.get() : NEVER; }
}

/* Connecting takes some time, however short the timeout is. */
const MIN_CONNECT = 2 * SECOND;
/* Where restarts do not help, the next one is that much later at most. */
const MAX_CONNECT_DOUBLINGS = 3;

/** The peers have agreed, but do not connect.  After an interval it is told, and after
 * another one the connection is begun again. */
export class Stall {
  isConnected = false;             // they are, or were
  isReported = false;              // it was told that they are not
  #since = 0;                      // when they could begin to connect; 0: not as yet

  clear() {
    this.isConnected = this.isReported = false;
    this.#since = 0;
  }

  /** Both descriptions are applied, and say where to. */
  begin(now) {
    if (this.isConnected || this.#since)
      return;
    this.#since = now;
    this.isReported = false;
  }

  /** The more often it was begun again in vain, the longer. */
  getExpiry(timeout, backoff) {
    if (!this.#since || this.isConnected || !timeout.base)
      return NEVER;
    const interval = Math.max(timeout.get(), MIN_CONNECT)
      * 2 ** Math.min(backoff.nFailures, MAX_CONNECT_DOUBLINGS);
    return this.#since + (this.isReported ? 2 : 1) * interval;
  }
}
