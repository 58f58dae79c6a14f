/* A WebSocket that is made again and again
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

const OPEN_MS = 15000;             // until the other end should have agreed
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];

/**
 * Carries text to a server and back, until close ().
 *
 * The owner's methods: opened (), received (text), and lost (isStranger), after which it
 * is tried again by itself; `isStranger`, once, if the server has never answered.
 */
export class Line {
  #uri;
  #owner;
  #ws = null;
  #attempts = 0;
  #isStranger = true;
  #timer = null;

  constructor(uri, owner) {
    this.#uri = uri;
    this.#owner = owner;
    this.#open();
  }

  #open() {
    const ws = new WebSocket(this.#uri);
    this.#ws = ws;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => ws.close(), OPEN_MS);
    ws.onopen = () => {
      this.#isStranger = false;
      if (ws === this.#ws)
        this.#owner.opened();
    };
    ws.onmessage = ({ data }) => {
      if (ws === this.#ws)
        this.#owner.received(data);
    };
    ws.onclose = () => {
      if (ws !== this.#ws)
        return;
      const isStranger = this.#isStranger;
      this.#isStranger = false;
      this.retry();
      this.#owner.lost(isStranger);
    };
  }

  /** What is sent while the line is lost is gone. */
  send(text) {
    if (this.#ws?.readyState === WebSocket.OPEN)
      this.#ws.send(text);
  }

  /** The two ends have agreed. */
  agree() {
    clearTimeout(this.#timer);
    this.#attempts = 0;
  }

  /** Begins again in a while, whatever there is. */
  retry() {
    this.close();
    const ms = RETRY_MS[Math.min(this.#attempts++, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.#open(), ms * (0.5 + Math.random()));
  }

  close() {
    const ws = this.#ws;
    this.#ws = null;
    clearTimeout(this.#timer);
    ws?.close();
  }
}
