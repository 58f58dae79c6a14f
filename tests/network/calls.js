/* Calls over the line: between two connections of a page, and between a page and an
 * element.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertNoErrors, closeTab, launch, openTab, until } from "../interop/browser.js";
import { Pipeline } from "../interop/pipeline.js";
import { Relay } from "../interop/relay.js";
import { readLines } from "./lines.js";

const folder = mkdtempSync(join(tmpdir(), "wn-network-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

// Without key frames of their own: repair and requests have to do.  The buffers are those of
// browsers; with vp8enc's own, of 6 s, it follows a change of its bitrate seconds later.
const SEND = {
  vp8: bitrate => "vp8enc name=encoder deadline=1 cpu-used=8 end-usage=cbr "
    + "buffer-size=1000 buffer-initial-size=500 buffer-optimal-size=600 undershoot=100 "
    + "overshoot=15 max-intra-bitrate=300 "
    + `target-bitrate=${bitrate} keyframe-max-dist=100000 ! rtpvp8pay`,
  h264: bitrate => `openh264enc name=encoder complexity=low bitrate=${bitrate} gop-size=100000 `
    + "! video/x-h264,profile=constrained-baseline "
    + "! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
  opus: () => "opusenc bitrate=32000 ! rtpopuspay",
};
const RECEIVE = {
  vp8: "rtpvp8depay ! vp8dec",
  h264: "rtph264depay ! h264parse ! openh264dec",
  opus: "rtpopusdepay ! opusdec plc=true ! fakesink async=false",
};

/** Whether this element is installed. */
export function isThere(element) {
  try {
    execFileSync("gst-inspect-1.0", ["--exists", element]);
    return true;
  } catch {
    return false;
  }
}

export class Calls {
  #browser;
  #relay;
  #tabs = [];
  #element;                        // properties
  #count = 0;

  static async start({ element = "" }) {
    const calls = new Calls();
    // Of processes, so that no run has to scan for plugins.
    process.env.GST_REGISTRY ??= join(folder, "registry.bin");
    const properties = execFileSync("gst-inspect-1.0", ["webrtcnegotiator"], { encoding: "utf8" });
    calls.#element = options => "webrtcnegotiator name=n listen=127.0.0.1:0 allowed-origins=* "
      + (/^ +max-bitrate +:/m.test(properties) ? `max-bitrate=${options.bitrate} ` : "") + element;
    calls.#browser = await launch();
    calls.#relay = await Relay.start([new URL("page/", import.meta.url)]);
    await calls.#tab(0);
    return calls;
  }

  async #tab(number) {
    if (!this.#tabs[number]) {
      this.#tabs[number] = await openTab(this.#browser, `${this.#relay.url}network.html`);
      await until(this.#tabs[number], () => window.isReady);
    }
    return this.#tabs[number];
  }

  async stop() {
    await Promise.all(this.#tabs.map(closeTab));
    await this.#browser.close();
    await this.#relay.stop();
  }

  /** Does `measure ()` while media flow between two connections of the page; resolves
   * to {frames, stats}. */
  async pair(options, measure, number = 0) {
    const tab = await this.#tab(number);
    await tab.evaluate(options => pair(options), options);
    return this.#measure(tab, measure, () => until(tab, () => isFlowing()));
  }

  /** The same, from the element to the page. */
  async out(options, measure, number = 0) {
    const { width, height, rate, codec, bitrate } = options;
    const source = codec === "opus"
      ? "audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=1"
      : `videotestsrc is-live=true pattern=black ! video/x-raw,format=I420,width=${width},`
        + `height=${height},framerate=${rate}/1 ! clockdraw`;
    return this.#withPipeline(`${source} ! ${SEND[codec](bitrate)} ! ${this.#element(options)}`,
      async url => {
        const tab = await this.#join(number, url, options, false);
        return this.#measure(tab, measure, () => until(tab, () => isFlowing()));
      });
  }

  /** The same, from the page to the element; resolves to {frames, decoded, packets,
   * stats}. */
  async in(options, measure, number = 0) {
    const base = join(folder, `in-${++this.#count}`);
    const sink = options.codec === "opus" ? ""
      : `! clockread location=${base}-decoded ! queue max-size-time=0 max-size-bytes=0 `
        + `! clocksync ! clockread location=${base}-shown ! fakesink sync=false async=false`;
    return this.#withPipeline(`${this.#element(options)} n.src_0 ! clockread `
      + `location=${base}-packets ! ${RECEIVE[options.codec]} ${sink}`, async (url, pipeline) => {
      const tab = await this.#join(number, url, options, true);
      const result = await this.#measure(tab, measure, () => pipeline.until(() =>
        readLines(`${base}-${options.codec === "opus" ? "packets" : "shown"}`).length > 0,
      "media in the pipeline"));
      return { ...result, frames: readLines(`${base}-shown`),
        decoded: readLines(`${base}-decoded`), packets: readLines(`${base}-packets`) };
    });
  }

  /** Two such calls at a time, in two pages; resolves to what each of them does. */
  async twice(kind, options, measure) {
    let flowing = 0, settle;
    const measured = new Promise((resolve, reject) => { settle = { resolve, reject }; });
    measured.catch(() => {});
    const calls = [0, 1].map(number => this[kind](options, () => {
      if (++flowing === 2)
        measure().then(settle.resolve, settle.reject);
      return measured;
    }, number));
    for (const call of calls)
      call.catch(settle.reject);
    // Both are over before anything else is begun.
    await Promise.allSettled(calls);
    return Promise.all(calls);
  }

  async #join(number, url, options, isSending) {
    const tab = await this.#tab(number);
    const uri = `${url.replace("http", "ws")}ws`;
    await tab.evaluate(([uri, options, isSending]) => join(uri, options, isSending),
      [uri, options, isSending]);
    return tab;
  }

  async #withPipeline(text, use) {
    const pipeline = new Pipeline(text);
    try {
      return await use(await pipeline.url(), pipeline);
    } finally {
      await pipeline.stop();
    }
  }

  async #measure(tab, measure, flowing) {
    try {
      await flowing();
      await measure();
    } catch (error) {
      await tab.evaluate(() => end());
      error.message += ` ${tab.errors.splice(0)}`;
      throw error;
    }
    const seen = await tab.evaluate(() => end());
    assertNoErrors(tab);
    return seen;
  }
}
