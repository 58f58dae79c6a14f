/* Headless Chromium, and what tests ask of its pages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/* Not --autoplay-policy=no-user-gesture-required: pages have to play by
 * themselves.  Fake media also make for candidates with real addresses. */
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
  "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

/* A machine may be slow; nothing waits for so long unless it fails. */
export const PATIENCE = 30000;

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: FLAGS, ignoreDefaultArgs: ["--mute-audio"], timeout: 2 * PATIENCE,
  });
}

/** A tab; `tab.errors` collects what the console and the page complain of. */
export async function openTab(browser, url, options = {}) {
  const context = await browser.newContext(options);
  await context.grantPermissions(["camera", "microphone"], { origin: new URL(url).origin });
  const tab = await context.newPage();
  tab.setDefaultTimeout(PATIENCE);
  tab.errors = [];
  tab.on("console", message => {
    if (message.type() === "error")
      tab.errors.push(message.text());
  });
  tab.on("pageerror", error => tab.errors.push(String(error)));
  await tab.goto(url);
  return tab;
}

export async function closeTab(tab) {
  await tab.context().close();
}

/** Waits until `condition`, run in the page, is true; else tells of `state`. */
export async function until(tab, condition, argument, what = String(condition)) {
  try {
    await tab.waitForFunction(condition, argument, { timeout: PATIENCE, polling: 50 });
  } catch (error) {
    const events = await tab.evaluate(() => window.log?.slice(-40).join("\n  "))
      .catch(() => "(the page is gone)");
    assert.fail(`waited in vain for: ${what}\n  ${error.message.split("\n")[0]}\n  ${events}`);
  }
}

/** Waits until the picture of a video element is there, and moves. */
export async function untilMoving(tab, selector) {
  await tab.evaluate(() => { window.seen = null; });
  await until(tab, selector => {
    const video = document.querySelector(selector);
    if (!video || video.paused || !video.videoWidth)
      return false;
    const canvas = Object.assign(document.createElement("canvas"),
      { width: 64, height: 36 });
    const g = canvas.getContext("2d", { willReadFrequently: true });
    g.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = g.getImageData(0, 0, canvas.width, canvas.height);
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;

    if (window.seen?.video !== video || window.seen.stream !== video.srcObject) {
      window.seen = { video, data, frames, stream: video.srcObject };
      return false;
    }
    return frames > window.seen.frames
      && data.some((value, i) => Math.abs(value - window.seen.data[i]) > 16);
  }, selector, `a moving picture in ${selector}`);
}

export function assertNoErrors(...tabs) {
  for (const tab of tabs)
    assert.deepEqual(tab.errors, [], "the console has errors");
}
