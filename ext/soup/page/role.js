/* Which of two peers gives way when their offers collide: as in gst/negotiation/role.c
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

export const ROLES = ["auto", "auto-lesser", "polite", "impolite"];

/** Both peers come to opposite results, as they compare the same two ids: ASCII, so that
 * it is bytewise. */
export function isPolite(role, localId, remoteId) {
  if (role === "polite" || role === "impolite")
    return role === "polite";
  return role === "auto-lesser" ? localId < remoteId : localId > remoteId;
}
