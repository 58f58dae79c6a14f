/* Types of webrtc-negotiator.js
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** Of two ids the greater (bytewise) is polite, or the lesser, or as said. */
export type Role = "auto" | "auto-lesser" | "polite" | "impolite";

/** `lost`: it is tried again; `refused`: for good. */
export type RoomState = "connecting" | "joined" | "lost" | "refused" | "closed";

/** A step of a negotiation, or of the room. */
export type StepName =
  | "joined" | "peer-joined" | "peer-left"
  | "offer-sent" | "offer-received" | "collision" | "offer-ignored"
  | "rolled-back" | "answer-sent" | "answer-received" | "stale-answer" | "stable"
  | "offer-rejected" | "suppressed" | "stalled" | "restarted" | "repeated"
  | "message-rejected"
  | "signaller-lost" | "signaller-back";

export interface Step extends Event {
  /** null: the room itself. */
  readonly peer: Peer | null;
  readonly name: StepName;
  /** As performance.now (). */
  readonly time: DOMHighResTimeStamp;
  readonly signalingState?: RTCSignalingState;
  readonly connectionState?: RTCPeerConnectionState;
  /** Of a collision: the remote offer gives way, not ours. */
  readonly ignored?: boolean;
  /** Of a rejected offer: who declined it. */
  readonly by?: "local" | "remote";
  /** Why, in words. */
  readonly reason?: string;
  /** After a restart. */
  readonly session?: number;
  readonly id?: string;
  readonly resumed?: boolean;
}

export interface Stats {
  offersSent: number;
  offersReceived: number;
  answersSent: number;
  answersReceived: number;
  collisions: number;
  rollbacks: number;
  offersIgnored: number;
  candidatesIgnored: number;
  staleAnswers: number;
  /** Offers of ours, by the remote peer. */
  offersRejected: number;
  renegotiationsSuppressed: number;
  restarts: number;
  messagesRejected: number;
  /** From the offer to stable; null: none yet. */
  lastNegotiationMs: number | null;
  maxNegotiationMs: number | null;
}

/** A message between peers: see docs/protocol.md. */
export type Message = {
  description?: { type: "offer" | "answer"; sdp: string };
  candidate?: RTCIceCandidateInit | null | "";
  reject?: { offer: string };
  restart?: { session: number; again?: number; offer?: string };
  bye?: object;
  session?: number;
  offer?: string;
  begin?: string;
  with?: string;
};

export interface TrackEvent extends Event {
  readonly peer: Peer;
  readonly track: MediaStreamTrack;
  readonly streams: readonly MediaStream[];
  readonly transceiver: RTCRtpTransceiver;
  readonly receiver: RTCRtpReceiver;
}

export interface ChannelEvent extends Event {
  readonly peer: Peer;
  readonly channel: RTCDataChannel;
}

export interface PeerStateEvent extends Event {
  readonly peer: Peer;
  readonly connection: RTCPeerConnectionState;
  readonly signaling: RTCSignalingState;
}

export interface ConnectionEvent extends Event {
  readonly peer: Peer;
  readonly pc: RTCPeerConnection;
  readonly former: RTCPeerConnection;
}

/**
 * A data channel that survives its connection: when that is replaced, it is
 * `connecting` for a while and fires `open` again.  send () throws meanwhile.
 */
export interface Channel extends EventTarget {
  readonly label: string;
  readonly options: RTCDataChannelInit | undefined;
  readonly id: number | null;
  readonly readyState: RTCDataChannelState;
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  binaryType: BinaryType;
  onopen: ((event: Event) => void) | undefined;
  onmessage: ((event: Event & { readonly data: any }) => void) | undefined;
  onbufferedamountlow: ((event: Event) => void) | undefined;
  onclose: ((event: Event) => void) | undefined;
  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void;
  close(): void;
}

export interface PeerOptions {
  /** Of the remote peer; default `remote`. */
  id?: string;
  /** Exactly one of two peers has to be. */
  polite: boolean;
  /** Carries a message to the remote peer, in order. */
  send: (message: Message) => void;
  /** Whether signalling works at present; by default it always does. */
  isOpen?: () => boolean;
  rtcConfig?: RTCConfiguration;
  /** After so many ms an unanswered offer counts as lost; 0: never. */
  negotiationTimeout?: number;
  /** Whether close () sends `bye`; default true. */
  saysBye?: boolean;
}

/** The connection to one remote peer. */
export class Peer extends EventTarget {
  /** For signalling of your own; a Room makes its own peers. */
  constructor(options: PeerOptions);

  readonly id: string;
  readonly polite: boolean;
  /** The connection in use.  A restart replaces it, and `pc` is fired. */
  readonly pc: RTCPeerConnection;
  readonly session: number;
  readonly closed: boolean;
  readonly makingOffer: boolean;
  readonly ignoringOffer: boolean;
  readonly connectionState: RTCPeerConnectionState;
  /**
   * `have-remote-offer` also while onoffer makes up its mind; `have-local-offer` also
   * for a later offer, which `pc` is told of together with its answer.
   */
  readonly signalingState: RTCSignalingState;
  readonly stats: Stats;

  /** Set in onpeer, it misses nothing; after a restart tracks come anew. */
  ontrack?: (event: TrackEvent) => void;
  ondatachannel?: (event: ChannelEvent) => void;
  onstate?: (event: PeerStateEvent) => void;
  onpc?: (event: ConnectionEvent) => void;
  onevent?: (event: Step) => void;
  /** The remote peer says that it leaves. */
  onbye?: (event: Event) => void;
  /** Return false, or a promise of it, to decline the offer. */
  onoffer?: (offer: { peer: Peer; description: RTCSessionDescriptionInit }) =>
    boolean | void | Promise<boolean | void>;

  /** Sends `track` from now on, over restarts too. */
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender;
  removeTrack(track: MediaStreamTrack): void;
  createDataChannel(label: string, options?: RTCDataChannelInit): Channel;

  /**
   * Makes an offer, needed or not.  After an offer was declined, this is also how
   * to have changes negotiated that were made to `pc` itself.
   */
  negotiate(): void;
  /** Begins again with fresh connections on both sides. */
  restart(reason?: string): void;
  /** Handles a message of the remote peer's; it may be anything. */
  receive(message: unknown): void;
  /** Signalling works again (see `isOpen`). */
  resume(): void;
  close(): void;
}

export interface RoomOptions {
  /** Default: /ws of the server that the module came from. */
  uri?: string;
  /** Default: `default`. */
  room?: string;
  /** Default: a random one. */
  id?: string | null;
  token?: string | null;
  /** Default: `auto`. */
  role?: Role;
  rtcConfig?: RTCConfiguration;
  negotiationTimeout?: number;
}

/** A room on a server, joined at once and until close (). */
export class Room extends EventTarget {
  constructor(options?: RoomOptions);

  readonly uri: string;
  readonly room: string;
  readonly id: string;
  readonly role: Role;
  readonly state: RoomState;
  readonly peers: ReadonlyMap<string, Peer>;

  /** Of a listener's event, `peer` is the Peer. */
  onpeer?: (peer: Peer) => void;
  onpeerleft?: (peer: Peer) => void;
  onstate?: (event: Event & { readonly state: RoomState }) => void;
  /** `code` is one of the room protocol's, or `unreachable`: the first attempt to
   * connect got no answer. Browsers do not say why; the server may refuse pages of
   * this origin (its `allowed-origins`). */
  onerror?: (event: Event & { readonly code: string; readonly message: string }) => void;
  /** Each step of each peer. */
  onevent?: (event: Step) => void;

  close(): void;
}
