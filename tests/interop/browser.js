/* Headless Chromium or Firefox, and what tests ask of their pages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

/* Not --autoplay-policy=no-user-gesture-required: pages have to play by
 * themselves.  Fake media also make for candidates with real addresses. */
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
  "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  // .local names do not resolve here.
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // Tabs behind another one are as lively as the one in front.
  "dom.min_background_timeout_value": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
};

/* A machine may be slow; nothing waits for so long unless it fails. */
export const PATIENCE = Number(process.env.PATIENCE) || 30000;

/** The browser that the tests run in: see run. */
export const isFirefox = process.env.BROWSER === "firefox";

let cases = 0;

/** Of these roles the ones that a test is run in: of one case after the other the first
 * or the second, in Firefox the other way round; all of them with EVERY_CASE=1. */
export function selectRoles(roles) {
  if (process.env.EVERY_CASE)
    return roles;
  return [roles[(cases++ + Number(isFirefox)) % roles.length]];
}

export async function launch() {
  if (isFirefox)
    return puppeteer.launch({ browser: "firefox", headless: true,
      executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr",
      extraPrefsFirefox: PREFERENCES, timeout: 2 * PATIENCE,
      protocolTimeout: 4 * PATIENCE });
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: FLAGS, ignoreDefaultArgs: ["--mute-audio"], timeout: 2 * PATIENCE,
  });
}

let turn = Promise.resolve();

/** One after the other in Firefox, which at times loses a tab that is made while others
 * come and go ("BrowsingContext does no longer exist"). */
function inTurn(work) {
  if (!isFirefox)
    return work();
  const result = turn.then(work);
  turn = result.catch(() => {});
  return result;
}

async function newContext(browser, url, options) {
  if (isFirefox)
    return browser.createBrowserContext();
  const context = await browser.newContext(options);
  await context.grantPermissions(["camera", "microphone"], { origin: new URL(url).origin });
  return context;
}

/** A tab; `tab.errors` collects what the console and the page complain of. */
export async function openTab(browser, url, options = {}) {
  const context = await newContext(browser, url, options);
  const tab = await inTurn(() => context.newPage());
  tab.setDefaultTimeout(PATIENCE);
  tab.errors = [];
  tab.closeContext = () => inTurn(() => context.close());
  tab.on("console", message => {
    if (message.type() === "error")
      tab.errors.push(message.text());
  });
  tab.on("pageerror", error => tab.errors.push(String(error)));
  // Of an object, Firefox's console would tell nothing.
  if (isFirefox)
    await tab.evaluateOnNewDocument(() => {
      const { error } = console;
      console.error = (...values) => error.call(console, values.map(String).join(" "));
    });
  await tab.goto(url);
  return tab;
}

export async function closeTab(tab) {
  await tab.closeContext();
}

/** Waits until `condition`, run in the page, is true or a promise of it; else tells
 * of `what`.  (Playwright's waitForFunction () takes any promise for true.) */
export async function until(tab, condition, argument, what = String(condition)) {
  const end = Date.now() + PATIENCE;
  // Not all that is true can be carried here.
  const expression = `(async () => Boolean(await (${condition})(${
    JSON.stringify(argument)})))()`;
  let complaint;
  do {
    try {
      if (await tab.evaluate(expression))
        return;
      complaint = "";
    } catch (error) {
      // The page is being loaded, or is not as far as that.
      complaint = error.message.split("\n")[0];
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  } while (Date.now() < end);
  const events = await tab.evaluate(() => window.log?.slice(-40).join("\n  "))
    .catch(() => "(the page is gone)");
  assert.fail(`waited in vain for: ${what}\n  ${complaint}\n  ${events}`);
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

    if (window.seen?.video !== video || window.seen.stream !== video.srcObject) {
      const seen = { video, data, frames: 0, stream: video.srcObject };
      // Firefox's getVideoPlaybackQuality () counts nothing of a MediaStream.
      video.requestVideoFrameCallback(() => { seen.frames++; });
      window.seen = seen;
      return false;
    }
    return window.seen.frames > 0
      && data.some((value, i) => Math.abs(value - window.seen.data[i]) > 16);
  }, selector, `a moving picture in ${selector}`);
}

export function assertNoErrors(...tabs) {
  for (const tab of tabs)
    assert.deepEqual(tab.errors, [], "the console has errors");
}
