/* The messages between peers: docs/protocol.md
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { SESSION_UNKNOWN } from "./description.js";

export const MAX_MESSAGE = 256 * 1024;       // characters
export const ID = /^[A-Za-z0-9._-]{1,64}$/;

export const isObject = value =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isText = (value, max) => typeof value === "string" && value.length <= max;
const isSession = value => Number.isSafeInteger(value) && value >= 0;

export function check(condition, complaint) {
  if (!condition)
    throw new TypeError(complaint);
}

/* Not randomUUID (), which browsers keep from pages without https. */
export const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(8)),
  byte => (byte % 36).toString(36)).join("");

// --- What comes from the network.

/** A message between peers, or a TypeError that says what is wrong with it.
 *
 * All have `begin` and `addressee`, the ids of the sender's beginning and of ours, as far
 * as they are said, and a `type`: "description" { description }, "candidate"
 * { candidate }, "reject" { id, session }, "restart" { session }, "beginning"
 * { beginning, session, offerId }, or "bye". */
export function parseMessage(data) {
  check(isObject(data), "a message is not an object");
  const { description, candidate, reject, restart, bye, session, offer, begin,
    with: addressee } = data;
  check(session == null || isSession(session), "the session is not a number");
  check(begin == null || ID.test(begin), "the beginning's id is not an id");
  check(addressee == null || ID.test(addressee), "the addressee is not an id");
  const tag = { begin: begin ?? undefined, addressee: addressee ?? undefined };
  const own = session ?? SESSION_UNKNOWN;

  if (description != null)
    return { ...tag, type: "description",
      description: parseDescription(description, offer, own) };
  if (candidate !== undefined)
    return { ...tag, type: "candidate", candidate: parseCandidate(candidate, own) };
  if (reject != null) {
    check(isText(reject.offer, 256), "a rejection of no offer");
    return { ...tag, type: "reject", id: reject.offer, session: own };
  }
  if (restart != null) {
    check(isSession(restart.session), "a restart without a session");
    if (restart.session === 0 && tag.begin !== undefined)
      return { ...tag, ...parseBeginning(restart, tag) };
    return { ...tag, type: "restart", session: restart.session };
  }
  check(isObject(bye), "a message of an unknown kind");
  return { ...tag, type: "bye" };
}

function parseDescription({ type, sdp }, offer, session) {
  check(type === "offer" || type === "answer", "not an offer, not an answer");
  check(isText(sdp, MAX_MESSAGE), "the description is no text, or too long");
  check(getId(sdp), "the description has no o= line");
  check(offer == null || isText(offer, 256), "the offer's id is not a text");
  return describe({ type, sdp }, session, type === "answer" ? offer ?? undefined : undefined);
}

/** Whoever begins says so (`first`), and may be asked (`again`) and answer (`heard`). */
function parseBeginning({ again, offer }, { addressee }) {
  const type = "beginning";
  if (again == null)
    return { type, beginning: addressee === undefined ? "first" : "heard", session: 0 };
  check(isSession(again), "again is not a session");
  check(offer == null || isText(offer, 256), "the offer's id is not a text");
  return { type, beginning: "again", session: again, offerId: offer ?? undefined };
}

/** null, "", {} and {candidate: ""} all mean that there are no more of them. */
function parseCandidate(value, session) {
  if (value === null || value === "")
    return { candidate: "", mid: undefined, mline: -1, ufrag: undefined, session };
  check(isObject(value), "a candidate is not an object");
  const { candidate = "", sdpMid = null, sdpMLineIndex = null,
    usernameFragment } = value;
  check(isText(candidate, 4096), "a candidate is not a text");
  check(sdpMid === null || isText(sdpMid, 256), "a candidate's mid is not a text");
  check(sdpMLineIndex === null || Number.isInteger(sdpMLineIndex)
    && sdpMLineIndex >= 0 && sdpMLineIndex < 65536, "a candidate's index is odd");
  check(usernameFragment == null || isText(usernameFragment, 256),
    "a candidate's ufrag is not a text");
  const ufrag = usernameFragment ?? / ufrag (\S+)/.exec(candidate)?.[1];
  return { candidate, mid: sdpMid ?? undefined, mline: sdpMLineIndex ?? -1, ufrag, session };
}

/** The o= line's "SESSID:VERSION", which names an offer. */
function getId(sdp) {
  const [, id, version] = /^o=\S+ (\S+) (\S+) /m.exec(sdp) ?? [];
  return id && `${id}:${version}`;
}

const getUfrag = section => /^a=ice-ufrag:(\S+)/m.exec(section)?.[1];

const isRejected = section =>
  /^m=\S* +0+(?!\d)/.test(section) && !/^a=bundle-only\s*$/m.test(section);

/** Browsers leave in a section that they reject what was in force when it lived. */
function getUfrags(sdp) {
  const [session, ...sections] = sdp.split(/^(?=m=)/m);
  const ufrags = sections.filter(section => !isRejected(section))
    .map(section => getUfrag(section) ?? getUfrag(session));
  return new Set(ufrags.filter(ufrag => ufrag !== undefined));
}

/** As the negotiation wants it, of an RTCSessionDescriptionInit. */
export function describe({ type, sdp }, session = SESSION_UNKNOWN, answeredId = undefined) {
  const ufrags = getUfrags(sdp);
  return { type, sdp, id: getId(sdp), ufrags: Array.from(ufrags), answeredId, session };
}

// --- What goes out.

/** As the negotiation wants it, of an RTCIceCandidate, or null after the last. */
export function fromIceCandidate(candidate) {
  const { sdpMid, sdpMLineIndex, usernameFragment } = candidate ?? {};
  return { candidate: candidate?.candidate ?? "", mid: sdpMid ?? undefined,
    mline: sdpMLineIndex ?? -1, ufrag: usernameFragment ?? undefined,
    session: SESSION_UNKNOWN };
}

/** The RTCIceCandidateInit. */
export function toIceCandidate({ candidate, mid, mline, ufrag }) {
  return { candidate, sdpMid: mid ?? null, sdpMLineIndex: mline < 0 ? null : mline,
    usernameFragment: ufrag };
}

/** What the action of a negotiation says to the remote peer. */
export function formatMessage({ type, session, description, candidate, id, beginning,
  offerId }) {
  switch (type) {
    case "send-description":
      return { description: { type: description.type, sdp: description.sdp }, session,
        offer: description.answeredId };
    case "send-candidate": {
      const isEnd = candidate.candidate === "" && candidate.mid === undefined;
      return { candidate: isEnd ? null : toIceCandidate(candidate), session };
    }
    case "send-reject":
      return { reject: { offer: id }, session };
    case "send-restart":
      return { restart: { session } };
    default:
      return { restart: beginning === "again" ? { session: 0, again: session, offer: offerId }
        : { session: 0 } };
  }
}
