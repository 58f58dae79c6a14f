/* What a negotiation has to know of descriptions and candidates: as in
 * gst/negotiation/description.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A description is { type, sdp, id, ufrags, answeredId, session }: `type` is "offer" or
 * "answer", `id` the "SESSID:VERSION" of its o= line, `ufrags` the ICE username
 * fragments of its sections, `answeredId` the id of the offer that an answer says it
 * answers.  A candidate is { candidate, mid, mline, ufrag, session }: `candidate` is ""
 * after the last, `mline` -1 where it is not said.  `session` is the one that the
 * message names, or SESSION_UNKNOWN.  What is not there is undefined.
 */

/** A message that says no session is of the present one. */
export const SESSION_UNKNOWN = -1;

/** Whether there is something to be connected: a username fragment, and a section that
 * is not rejected (RFC 8843 has bundle-only ones with port 0).  Where there are no
 * sections to be read, the former is enough. */
export function hasTransport({ sdp, ufrags }) {
  if (!ufrags?.length)
    return false;
  let hasSections = false;
  for (const line of sdp.split("\n")) {
    if (line.startsWith("a=bundle-only"))
      return true;
    if (line.startsWith("m=")) {
      hasSections = true;
      if (/^m=\S* +0*[1-9]/.test(line))
        return true;
    }
  }
  return !hasSections;
}

export const hasUfrag = ({ ufrags }, ufrag) => ufrags?.includes(ufrag) ?? false;

/** Whether both come from one connection, by their o= lines.  That of a description
 * without one is not known to be another. */
export function isOfSameOrigin(one, other) {
  return one.id === undefined || other.id === undefined
    || one.id.split(":")[0] === other.id.split(":")[0];
}

/** Whether only sections that are rejected have `ufrag`.  Browsers leave there what was
 * in force when they lived. */
function isLeftOver({ sdp }, ufrag) {
  let isLeftOver = false;
  for (const [i, section] of sdp.split("\nm=").entries()) {
    if (!section.split(/[\r\n]/).includes(`a=ice-ufrag:${ufrag}`))
      continue;
    if (i === 0 || !/^\S* +0*(?!\d)/.test(section) || section.includes("\na=bundle-only"))
      return false;
    isLeftOver = true;
  }
  return isLeftOver;
}

/** Whether sections of both that are not rejected have a username fragment in common; if
 * not, the transports of the one are gone in the other.  Those of a description without
 * any are not known to be. */
export function hasSameUfrags(one, other) {
  return !one.ufrags?.length || !other.ufrags?.length
    || one.ufrags.some(ufrag => hasUfrag(other, ufrag)
      && !isLeftOver(one, ufrag) && !isLeftOver(other, ufrag));
}
