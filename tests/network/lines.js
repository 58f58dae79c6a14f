/* The files that clockread (picture.c) writes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { readFileSync } from "node:fs";

/** Its whole lines, as numbers, null for what could not be read. */
export function readLines(file) {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch { /* nothing has come yet */ }
  return text.split("\n").slice(0, -1).map(line =>
    line.split(" ").map(word => word === "-" ? null : Number(word)));
}
