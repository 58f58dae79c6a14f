/* What a negotiation has to know of descriptions and candidates: as in
 * gst/negotiation/description.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A description is { type, sdp, id, ufrags, answeredId, session }: `type` is "offer" or
 * "answer", `id` the "SESSID:VERSION" of its o= line, `ufrags` the ICE username
 * fragments of its sections, but for those that are rejected, `answeredId` the id of the
 * offer that an answer says it answers.  A candidate is { candidate, mid, mline, ufrag,
 * session }: `candidate` is "" after the last, `mline` -1 where it is not said.
 * `session` is the one that the message names, or SESSION_UNKNOWN.  What is not there is
 * undefined.
 */

/** A message that says no session is of the present one. */
export const SESSION_UNKNOWN = -1;

/** Whether there is something to be connected: a username fragment in force. */
export const hasTransport = ({ ufrags }) => Boolean(ufrags?.length);

export const hasUfrag = ({ ufrags }, ufrag) => ufrags?.includes(ufrag) ?? false;

/** Whether both come from one connection, by their o= lines.  That of a description
 * without one is not known to be another. */
export function isOfSameOrigin(one, other) {
  return one.id === undefined || other.id === undefined
    || one.id.split(":")[0] === other.id.split(":")[0];
}

/** Whether both have a username fragment in common; if not, the transports of the one
 * are gone in the other.  Those of a description without any are not known to be. */
export function hasSameUfrags(one, other) {
  return !hasTransport(one) || !hasTransport(other)
    || one.ufrags.some(ufrag => hasUfrag(other, ufrag));
}
