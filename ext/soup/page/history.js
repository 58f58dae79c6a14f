/* The remote descriptions that came last, to know one that comes twice by: as in
 * gst/negotiation/history.c.  Its id alone does not tell: there are peers that do not
 * count their versions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** A description that came longer ago is not under way any more. */
const MAX_ENTRIES = 64;

export class History {
  #entries = [];                   // newest last

  clear() { this.#entries = []; }

  /** An answer is the same only if it answers the same offer. */
  #find({ type, sdp, answeredId = "" }) {
    return this.#entries.find(entry => entry.type === type && entry.sdp === sdp
      && entry.answeredId === answeredId);
  }

  /** Returns false if it is there already: nothing was added then. */
  add(description) {
    if (this.#find(description))
      return false;
    const { type, sdp, id, answeredId = "" } = description;
    this.#entries.push({ type, sdp, answeredId, wasRefused: false,
      offerId: type === "offer" ? id : undefined });
    if (this.#entries.length > MAX_ENTRIES)
      this.#entries.shift();
    return true;
  }

  /** It breaks a rule, and would again. */
  refuse(description) {
    const entry = this.#find(description);
    if (entry)
      entry.wasRefused = true;
  }

  wasRefused(description) {
    return this.#find(description)?.wasRefused ?? false;
  }

  hasOffer(id) {
    return id !== undefined && this.#entries.some(({ offerId }) => offerId === id);
  }
}
