/* One RTCPeerConnection, as a negotiation wants it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { describe, fromIceCandidate, toIceCandidate } from "./message.js";

const CLOSED_MS = 2000;            // until peer-left or a restart should be here
const GATHER_MS = 3000;            // until there should be a candidate

/** A remote description breaks a rule; nothing was touched. */
export class Refusal extends Error {}

const refuse = error => { throw new Refusal(error.message); };

/**
 * Carries out the operations of a negotiation.
 *
 * The first offer is applied at once, as candidates take their time.  Later ones are
 * staged: applied together with their answer, so that there is nothing to roll back.  Of
 * what a section receives, Chromium 156 may lose the picture in a rollback.
 *
 * The owner's methods: candidate (candidate), needed (), state (), broken (reason), and
 * track (event), channel (event) as the browser has them.  None is called after close ().
 */
export class Connection {
  #owner;
  #isClosed = false;
  #isNeeded = false;               // the browser says: negotiation needed
  #staged = null;                  // an offer that the browser has not been told yet
  #senders = new WeakSet();        // those that were ours once
  #hasGathered = false;            // a candidate, or the end of them
  #gatherTimer = null;

  constructor(rtcConfig, owner) {
    const pc = new RTCPeerConnection(rtcConfig);
    const on = (type, handler) => pc.addEventListener(type, event => {
      if (!this.#isClosed)
        handler(event);
    });
    this.pc = pc;
    this.#owner = owner;
    on("negotiationneeded", () => {
      this.#isNeeded = true;
      owner.needed();
    });
    on("icecandidate", ({ candidate }) => {
      this.#hasGathered = true;
      owner.candidate(fromIceCandidate(candidate));
    });
    on("track", event => owner.track(event));
    on("datachannel", event => owner.channel(event));
    on("connectionstatechange", () => owner.state());
  }

  /** Whether the browser wants to negotiate.  It says so once, until it is done. */
  get isNeeded() { return this.#isNeeded; }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#gatherTimer);
    this.pc.close();
  }

  // --- Operations.  They throw a Refusal, or anything else if the connection is of no
  // use any more.  Once it is closed, their promises may never settle.

  async offer(commit) {
    if (commit)
      await this.pc.setLocalDescription();
    else
      this.#staged = await this.pc.createOffer();
    return describe(this.#staged ?? this.pc.localDescription);
  }

  async takeAnswer(answer) {
    if (this.#staged) {
      await this.pc.setLocalDescription(this.#staged);
      this.#staged = null;
    }
    await this.#setRemoteDescription(answer);
  }

  async answer(offer) {
    await this.#setRemoteDescription(offer);
    await this.pc.setLocalDescription();
    return describe(this.pc.localDescription);
  }

  /** If there is something left to negotiate then, the browser says so again. */
  async #setRemoteDescription({ type, sdp }) {
    const wasNeeded = this.#isNeeded;
    this.#isNeeded = false;
    try {
      await this.pc.setRemoteDescription({ type, sdp });
    } catch (error) {
      this.#isNeeded ||= wasNeeded;
      refuse(error);
    }
  }

  async rollBack() {
    const wasStaged = this.#staged;
    this.#staged = null;
    if (!wasStaged)
      await this.pc.setLocalDescription({ type: "rollback" });
  }

  // --- Candidates.

  async addCandidate(candidate) {
    await this.pc.addIceCandidate(toIceCandidate(candidate)).catch(refuse);
  }

  /** Whether the o= line and the transports of an offer are others than those that were
   * applied. */
  isOther({ type, id, ufrags }) {
    const current = this.pc.remoteDescription && describe(this.pc.remoteDescription);
    return type === "offer" && current !== null && ufrags.length > 0
      && !ufrags.some(ufrag => current.ufrags.includes(ufrag))
      && id.split(":")[0] !== current.id?.split(":")[0];
  }

  /** Throws if no connection takes that offer. */
  static async try({ type, sdp }) {
    const pc = new RTCPeerConnection();
    try {
      await pc.setRemoteDescription({ type, sdp });
    } finally {
      pc.close();
    }
  }

  // --- What goes wrong without a word.

  /** To be called when a negotiation ended well, and when there was no way to begin
   * again. */
  watch() {
    this.#watchTransport();
    this.#watchGathering();
  }

  get #transport() {
    return this.pc.sctp?.transport ?? this.pc.getTransceivers().find(
      ({ sender }) => sender.transport)?.sender.transport;
  }

  /** That the remote connection was closed shows here long before ICE fails. */
  #watchTransport() {
    const transport = this.#transport;
    if (!transport || transport.onstatechange)
      return;
    transport.onstatechange = () => {
      if (transport.state === "closed")
        setTimeout(() => {
          if (!this.#isClosed && transport === this.#transport)
            this.#owner.broken("the remote connection was closed");
        }, CLOSED_MS);
    };
  }

  /** Chromium may gather nothing at all, mostly where first offers have collided
   * (9 of 348 between two of them), and does not get over it by itself. */
  #watchGathering() {
    clearTimeout(this.#gatherTimer);
    if (this.#hasGathered || !this.#transport)
      return;
    this.#gatherTimer = setTimeout(() => {
      if (!this.#isClosed && !this.#hasGathered && this.#transport
          && this.pc.iceGatheringState !== "complete")
        this.#owner.broken("the browser gathers no candidates");
    }, GATHER_MS);
  }

  // --- Tracks: a Map of MediaStreamTrack → { streams, sender }.

  /** As pc.addTrack (), but takes a section up again that we left before. */
  put(track, tracks) {
    const entry = tracks.get(track);
    const busy = Array.from(tracks.values(), ({ sender }) => sender);
    const left = this.pc.getTransceivers().find(({ direction, sender, receiver }) =>
      this.#senders.has(sender) && !sender.track && !busy.includes(sender)
      && direction !== "stopped" && receiver.track.kind === track.kind);

    if (left)
      this.#takeUp(left, track, tracks);
    else
      entry.sender = this.pc.addTrack(track, ...entry.streams);
    this.#senders.add(entry.sender);
  }

  #takeUp(transceiver, track, tracks) {
    const entry = tracks.get(track);
    const { sender } = transceiver;
    entry.sender = sender;
    sender.setStreams?.(...entry.streams);
    transceiver.direction = "sendrecv";
    sender.replaceTrack(track).then(() => {
      if (tracks.get(track) !== entry && !this.#isClosed)
        this.pc.removeTrack(sender);         // it was removed meanwhile
    }).catch(() => {});                      // the connection was closed
  }
}
