/* The line (line.c) between the two sides of a call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const INTERFACE = "wnline", ADDRESS = "192.0.2.1", TABLE = "100";

/** Thrown where there can be no such line: tests are skipped. */
export class Unavailable extends Error {}

const ip = (...words) => execFileSync("ip", words, { encoding: "utf8" });

export class Line {
  /** A report of each tenth of a second: line.c. */
  samples = [];
  /** What was said to it: {time, text}. */
  settings = [];

  /** From now on, all UDP between addresses of the namespace takes the line.  TCP does
   * not: signalling is no part of what is measured. */
  static async start() {
    if (!ip("-brief", "address", "show").includes(`${ADDRESS}/24`))
      throw new Unavailable("there is no network namespace: tests/namespace says why");
    const line = new Line();
    line.process = spawn(process.env.LINE, [INTERFACE], { stdio: ["pipe", "pipe", "inherit"] });
    const over = new Promise((_, reject) => {
      line.process.on("error", reject);
      line.process.on("close", code => reject(code === 77
        ? new Unavailable("there is no TUN device") : new Error(`the line ended with ${code}`)));
    });
    over.catch(() => {});
    const first = new Promise(resolve => {
      createInterface({ input: line.process.stdout }).on("line", text => {
        line.samples.push(JSON.parse(text));
        resolve();
      });
    });
    await Promise.race([first, over]);
    try {
      route();
    } catch (error) {
      line.stop();
      throw new Unavailable(`nothing can be routed into a line: ${error.message}`);
    }
    return line;
  }

  /** As line.c understands it. */
  set(text) {
    this.settings.push({ time: Date.now(), text });
    this.process.stdin.write(`${text}\n`);
  }

  /** Nothing is held back or lost. */
  clear() {
    for (const name of ["rate", "delay", "loss", "cut"])
      this.set(`${name} both 0`);
  }

  stop() {
    this.process.stdin.end();
  }
}

function route() {
  const set = (name, value) => writeFileSync(`/proc/sys/net/${name}`, value);
  // IPv4 alone, for there to be one way only.
  if (existsSync("/proc/sys/net/ipv6"))
    set("ipv6/conf/all/disable_ipv6", "1");
  // What comes out of the line comes from an address of our own.
  set("ipv4/conf/all/rp_filter", "0");
  set(`ipv4/conf/${INTERFACE}/rp_filter`, "0");
  set(`ipv4/conf/${INTERFACE}/accept_local`, "1");
  // libnice sends by the interface that has the address (IP_UNICAST_IF).
  ip("link", "set", INTERFACE, "mtu", "1500", "up");
  ip("address", "delete", `${ADDRESS}/24`, "dev", "wn0");
  ip("address", "add", `${ADDRESS}/24`, "dev", INTERFACE);
  ip("route", "replace", "default", "dev", INTERFACE);
  ip("route", "add", ADDRESS, "dev", INTERFACE, "src", ADDRESS, "table", TABLE);
  // Only what is sent here, not what comes out of the line; then what is local, which
  // by itself would be the first of all.
  ip("rule", "add", "pref", "1", "iif", "lo", "ipproto", "udp", "lookup", TABLE);
  // No media by ICE's TCP candidates, around the line.  Signalling is at 127.0.0.1.
  ip("rule", "add", "pref", "1", "iif", "lo", "ipproto", "tcp", "to", ADDRESS, "prohibit");
  ip("rule", "add", "pref", "2", "lookup", "local");
  ip("rule", "delete", "pref", "0");
}
