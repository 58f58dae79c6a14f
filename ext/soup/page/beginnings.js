/* Who of those that have the remote peer's name says something: as in
 * gst/negotiation/beginnings.c, which says more
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Verdicts: "take": go on, what was said is for us; "drop": it is of somebody or for
 * somebody who is gone; "ask": likewise, perhaps: say "again" to who said it; "reply":
 * say "heard"; "renew": somebody new is there: begin again, then go on.
 */

/** A message of one that was over longer ago is not under way any more. */
const MAX_FORMER = 16;

export class Beginnings {
  own = undefined;
  remote = undefined;              // not known yet
  wasHeard = false;                // it, or something that does not say of which it is
  #isWhole = false;                // …and all that it said since was heard
  #former = [];                    // of the remote peer's, those that are over

  /** `id`: of our beginning, which is new */
  begin(id) {
    this.clear();
    this.own = id;
  }

  clear() {
    this.own = undefined;
    this.remote = undefined;
    this.wasHeard = false;
    this.#isWhole = false;
    this.#former = [];
  }

  /** Somebody new is met at most once: so peers that begin at the same time do not go
   * on to make each other begin again. */
  #meet(id) {
    const isOther = this.remote !== undefined || this.wasHeard;
    if (this.remote !== undefined)
      this.#former.push(this.remote);
    if (this.#former.length > MAX_FORMER)
      this.#former.shift();
    this.remote = id;
    this.#isWhole = isOther;       // what it says from a restart on is new
    return isOther ? "renew" : "take";
  }

  /** What to do about a message of the beginning `id`, for `addressee` of ours. */
  judge(id, addressee) {
    if (this.#former.includes(id))
      return "drop";
    if (addressee !== undefined && addressee !== this.own)
      return "ask";
    if (id === this.remote)
      return "take";
    if (addressee === undefined && (this.remote !== undefined || this.wasHeard))
      return "ask";
    return this.#meet(id);
  }

  /** What to do about `beginning`, which is said by `id` to `addressee`.  `hasOffer`: of
   * "first": whether an offer of ours is outstanding, which was made before; of "again":
   * whether the remote offer that it names was heard. */
  hear(beginning, id, addressee, hasOffer) {
    const isKnown = id === this.remote;
    if (beginning !== "first" && addressee !== this.own)
      return "drop";
    const verdict = this.judge(id, addressee);
    if (verdict !== "take")
      return verdict;

    if (beginning === "first") {
      this.#isWhole ||= !isKnown;  // nothing is said before that
      return !isKnown && hasOffer ? "ask" : "take";
    }
    if (beginning === "again") {
      if (this.#isWhole || hasOffer)
        return "reply";
      this.#isWhole = true;
      return "renew";
    }
    return "take";
  }
}
