/* Tells remote candidates apart by the ICE generation (the username fragment) that they
 * belong to, and keeps the early ones: as in gst/negotiation/candidatefilter.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { hasUfrag } from "./description.js";

/** Of candidates that came before their description, that many are kept. */
const MAX_KEPT = 256;
/** An offer that was ignored longer ago is not trickling candidates any more. */
const MAX_IGNORED = 32;

const textOf = ({ candidate, mid = "", mline, ufrag = "" }) =>
  `${mline}\n${mid}\n${ufrag}\n${candidate}`;

export class CandidateFilter {
  #ignored = [];                   // username fragments of ignored offers, newest last
  #kept = [];
  #nRepeated = 0;                  // of those: came once more, and are not there twice
  #known = new Set();              // what was added in this generation, and what is kept

  clear() {
    this.#ignored = [];
    this.#kept = [];
    this.#nRepeated = 0;
    this.#known.clear();
  }

  /** Returns false if it comes a second time: nothing tells the two apart. */
  know(candidate) {
    const text = textOf(candidate);
    return !this.#known.has(text) && Boolean(this.#known.add(text));
  }

  forget(candidate) {
    this.#known.delete(textOf(candidate));
  }

  /** Another transport takes candidates from now on: what was added to the former one
   * is not added to it. */
  beginGeneration() {
    this.#known.clear();
    this.#nRepeated = 0;
    for (const candidate of this.#kept)
      this.know(candidate);
  }

  /** Ignores the candidates of `offer` from now on. */
  ignore({ ufrags = [] }) {
    for (const ufrag of ufrags) {
      if (this.#ignored.includes(ufrag))
        continue;
      this.#ignored.push(ufrag);
      if (this.#ignored.length > MAX_IGNORED)
        this.#ignored.shift();
    }
  }

  /** Returns "add", "keep" (for a description that is still to come) or "ignore".
   *
   * An ignored offer may have the username fragment of the description that is applied,
   * as a later offer of one connection has: its candidates are as good as any.  A
   * candidate that does not tell its username fragment is judged as the W3C's example
   * does, by the last offer. */
  judge({ ufrag }, remote, ignoringOffer) {
    if (!ufrag) {
      if (ignoringOffer)
        return "ignore";
      return remote ? "add" : "keep";
    }
    if (remote && hasUfrag(remote, ufrag))
      return "add";
    return this.#ignored.includes(ufrag) ? "ignore" : "keep";
  }

  /** Returns false if there are too many. */
  keep(candidate) {
    if (this.#kept.length + this.#nRepeated >= MAX_KEPT)
      return false;
    if (this.know(candidate))
      this.#kept.push(candidate);
    else
      this.#nRepeated++;
    return true;
  }

  /** Takes out those that `remote`, which is applied now, makes usable. */
  release(remote) {
    const isUsable = candidate => this.judge(candidate, remote, false) === "add";
    const released = this.#kept.filter(isUsable);
    this.#kept = this.#kept.filter(candidate => !isUsable(candidate));
    return released;
  }
}
