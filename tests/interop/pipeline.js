/* Pipelines of gst-launch-1.0, and what tests ask of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PATIENCE } from "./browser.js";

const folder = mkdtempSync(join(tmpdir(), "wn-interop-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const WIDTH = 64, HEIGHT = 36, FRAME = WIDTH * HEIGHT * 3;
const APPLICATION = fileURLToPath(new URL("application.py", import.meta.url));
let count = 0;

// webrtcbin 1.22 says so of sources that it met before their description, and its RTP
// sessions of one that came while they went through them, and they go on;
// tests/check/upstream.c knows it, too.
const UPSTREAM = new RegExp("jitter_buffer_set_retransmission: code should not be reached"
  + "|g_hash_table_foreach: assertion 'version == hash_table->version' failed");

export const SEND = "videotestsrc is-live=true pattern=ball "
  + "! video/x-raw,width=320,height=240,framerate=20/1 "
  + "! vp8enc deadline=1 keyframe-max-dist=40 ! rtpvp8pay !";

export class Pipeline {
  lines = [];
  #isOver = false;
  #waiting = new Set();

  /** `text` is as for gst-launch-1.0; FRAMES in it is a sink that frames () reads. */
  constructor(text, command = ["gst-launch-1.0", "-m", "--no-fault"]) {
    this.file = join(folder, `frames-${++count}`);
    const sink = "videoconvert ! videoscale "
      + `! video/x-raw,format=RGB,width=${WIDTH},height=${HEIGHT} `
      + `! filesink async=false buffer-mode=unbuffered location=${this.file}`;
    const [program, ...words] =
      [...command, ...text.replaceAll("FRAMES", sink).trim().split(/\s+/)];
    this.process = spawn(program, words, {
      env: { GST_REGISTRY: join(folder, "registry.bin"), ...process.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      this.#read(stream);
    this.over = new Promise(resolve => this.process.on("close", code => {
      this.#isOver = true;
      this.#wake();
      resolve(code);
    }));
  }

  #read(stream) {
    let rest = "";
    stream.setEncoding("utf8").on("data", text => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      this.lines.push(...lines);
      this.#wake();
    });
  }

  #wake() {
    for (const wake of this.#waiting)
      wake();
  }

  /** Waits until `find ()` gives something; looks again after each line. */
  async until(find, what) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = find();
      if (found)
        return found;
      const left = end - Date.now();
      assert.ok(left > 0 && !this.#isOver,
        `waited in vain for: ${what}\n  ${this.story}`);
      await new Promise(resolve => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(left, 50));
        this.#waiting.add(wake);
      });
    }
  }

  /** The address that the element's own server listens on. */
  async url() {
    return this.until(() => this.lines.map(line =>
      /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(line)?.[1]).find(Boolean),
    "the server's address");
  }

  /** What is of interest when a test fails. */
  get story() {
    return this.lines.filter(line => !/\((state-changed|stream-status|tag)\)|^state /.test(line))
      .slice(-40).join("\n  ");
  }

  /** The names of the negotiation's steps so far. */
  get events() {
    return this.lines.map(line =>
      /webrtc-negotiator, event=\(string\)([a-z-]+)/.exec(line)?.[1]).filter(Boolean);
  }

  async untilEvent(name, times = 1) {
    await this.until(() => this.events.filter(event => event === name).length >= times,
      `${times} × ${name}`);
  }

  /** The frames that were decoded, as arrays of RGB. */
  get frames() {
    let data = Buffer.alloc(0);
    try {
      data = readFileSync(this.file);
    } catch { /* not yet */ }
    return Array.from({ length: Math.floor(data.length / FRAME) }, (_, i) =>
      data.subarray(i * FRAME, (i + 1) * FRAME));
  }

  /** Waits for more decoded frames, which have to differ from the last one. */
  async untilMoving(minimum = 5) {
    const before = this.frames;
    const last = before.at(-1) ?? null;
    await this.until(() => {
      const more = this.frames.slice(before.length);
      const reference = last ?? more[0];
      return more.length >= minimum && more.some(frame =>
        frame.some((value, i) => Math.abs(value - reference[i]) > 16));
    }, "decoded frames that differ");
  }

  /** Ends it as Ctrl-C does; it must not have complained. */
  async stop() {
    if (!this.#isOver)
      this.process.kill("SIGINT");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), PATIENCE);
    const code = await this.over;
    clearTimeout(timer);
    const complaints = this.lines.filter(line =>
      /CRITICAL|WARNING \*\*|^ERROR|assertion/.test(line) && !UPSTREAM.test(line));
    assert.deepEqual(complaints, []);
    assert.equal(code, 0, `it ended with ${code}\n  ${this.story}`);
  }
}

/** An application (application.py) around one element. */
export class Application extends Pipeline {
  constructor(options) {
    const output = join(folder, `application-${++count}`);
    super(`webrtcnegotiator name=n ${options}`,
      ["/usr/bin/python3", APPLICATION, output]);
    this.output = output;
  }

  /** See application.py for what can be said. */
  say(command) {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async #ask(word, command) {
    const before = this.lines.length;
    this.say(command);
    const line = await this.until(() => this.lines.slice(before).find(line =>
      line.startsWith(`${word} `)), word);
    return JSON.parse(line.slice(word.length + 1));
  }

  get stats() { return this.#ask("stats", { do: "stats" }); }
  get state() { return this.#ask("state", { do: "state" }); }

  /** Adds a stream that is sent, as this source. */
  add(ssrc = null) { this.say({ do: "add", ssrc }); }
  /** …of an encoding that no browser knows. */
  addUnknown() { this.say({ do: "add", unknown: true }); }
  /** The one that was added last, or this source. */
  remove(ssrc = null) { this.say({ do: "remove", ssrc }); }
  /** As "SENDRECV". */
  direct(ssrc, direction) { this.say({ do: "direct", ssrc, direction }); }
  emit(signal) { this.say({ do: "emit", signal }); }

  async untilLine(text) {
    await this.until(() => this.lines.includes(text), text);
  }

  /** Which of the received streams is looked at: they are numbered as they come. */
  look(number) { this.file = `${this.output}-${number}`; }

  /** Waits until so many of the received streams move, from now on. */
  async untilReceives(count) {
    const before = this.decoded;
    await this.until(() => this.decoded.filter((frames, i) =>
      frames >= (before[i] ?? 0) + 5).length >= count,
    `${count} received streams that go on`);
  }

  /** How many frames of each of the received streams were decoded. */
  get decoded() {
    return Array.from({ length: this.received }, (_, i) => {
      try {
        return statSync(`${this.output}-${i}`).size / FRAME;
      } catch {
        return 0;                  // not yet
      }
    });
  }

  get received() {
    return this.lines.filter(line => line.startsWith("received ")).length;
  }
}
