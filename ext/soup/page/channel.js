/* Data channels
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { Emitter } from "./emitter.js";

/** The name of the method that puts a channel onto another connection. */
export const attach = Symbol("attach");

/**
 * An RTCDataChannel that survives its connection: when that is replaced, the
 * channel is `connecting` for a while, and fires `open` again.
 */
export class Channel extends Emitter {
  #channel = null;
  #pc = null;
  #binaryType = "arraybuffer";
  #threshold = 0;
  #closed = false;

  constructor(label, options) {
    super();
    this.label = label;
    this.options = options;
  }

  [attach](pc) {
    if (this.#closed)
      return;
    const channel = pc.createDataChannel(this.label, this.options);
    this.#pc = pc;
    this.#channel = channel;
    channel.binaryType = this.#binaryType;
    channel.bufferedAmountLowThreshold = this.#threshold;
    for (const type of ["open", "message", "bufferedamountlow", "close"])
      channel.addEventListener(type, event => {
        if (channel === this.#channel)
          this.#forward(type, event);
      });
  }

  #forward(type, event) {
    if (type !== "close")
      this.emit(type, type === "message" ? { data: event.data } : {});
    else if (this.#closed)
      this.emit(type);
    else
      this.#wonderWhy(this.#pc);
  }

  /** It goes with its transport, and before that, when the remote connection is
   * closed: then nobody meant the channel, and it will be replaced. */
  #wonderWhy(pc) {
    setTimeout(() => {
      if (pc !== this.#pc || pc.sctp?.state !== "connected")
        return;
      this.#closed = true;
      this.emit("close");
    }, 200);
  }

  get readyState() {
    if (this.#closed)
      return this.#channel.readyState;
    return this.#channel.readyState === "open" ? "open" : "connecting";
  }

  get id() { return this.#channel.id; }
  get bufferedAmount() { return this.#channel.bufferedAmount; }
  get binaryType() { return this.#binaryType; }
  set binaryType(type) { this.#binaryType = this.#channel.binaryType = type; }
  get bufferedAmountLowThreshold() { return this.#threshold; }
  set bufferedAmountLowThreshold(bytes) {
    this.#threshold = this.#channel.bufferedAmountLowThreshold = bytes;
  }

  /** Throws while the channel is not open: nothing is lost silently. */
  send(data) { this.#channel.send(data); }

  close() {
    this.#closed = true;
    this.#channel.close();
  }
}
