/* webrtc-negotiator.js: rooms, and connections in them that negotiate themselves
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     import { Room } from "/webrtc-negotiator.js";
 *
 *     const room = new Room({ uri: "ws://127.0.0.1:8443/ws", room: "default" });
 *     room.onpeer = peer => {
 *       peer.ontrack = ({ streams }) => video.srcObject = streams[0];
 *       peer.addTrack(track, stream);              // now or at any time later
 *     };
 *
 * A Room finds the others; there is a Peer for each.  Whatever either side adds or
 * removes, and whenever, is negotiated: by the W3C's perfect negotiation
 * (https://www.w3.org/TR/webrtc/#perfect-negotiation-example), extended by what it
 * leaves open: declined offers, lost messages and connections that broke.  The
 * messages are those of docs/protocol.md; webrtc-negotiator.d.ts has all names.
 *
 * Every event can be had by addEventListener () and by an on… property.
 */

export { Peer } from "./peer.js";
export { Room } from "./room.js";
