/** Every limit of the wire; the service passes its settings for some. */
export interface WireLimits {
  /** Clients that signed in; one more is kept for System Administrators. */
  readonly connectionsMax: number;
  /** Clients on their way to sign in. */
  readonly waitingMax: number;
  /** When as many wait, the oldest gives way to a new one if it waited longer than this. */
  readonly waitingGraceMs: number;
  /** From the first byte to the end of sign-in. */
  readonly signInMs: number;
  /** A start-up packet, and each message until sign-in is done. */
  readonly startUpBytesMax: number;
  readonly messageBytesMax: number;
  /** What is read ahead of the message that is worked on; so a client that leaves or says goodbye is noticed. */
  readonly aheadBytes: number;
  /** All received bytes of all clients that wait for their turn or for the rest of their message. */
  readonly receivedBytesMax: number;
  /** Bytes not yet taken by a client before its results wait. */
  readonly unsentBytesMax: number;
  /** A client that takes nothing of a result for so long is given up. */
  readonly stalledMs: number;
  /** Quiet time before the first keep-alive probe of TCP. */
  readonly keepAliveMs: number;
  /** How long a last message may take to leave. */
  readonly lingerMs: number;
  /** How long closing waits for conversations to end. */
  readonly closeMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const wireLimits: WireLimits = {
  connectionsMax: 100,
  waitingMax: 64,
  waitingGraceMs: 2_000,
  signInMs: 15_000,
  startUpBytesMax: 16 * KIB,
  messageBytesMax: 64 * MIB,
  aheadBytes: 64 * KIB,
  receivedBytesMax: 256 * MIB,
  unsentBytesMax: 256 * KIB,
  stalledMs: 3_600_000,
  keepAliveMs: 60_000,
  lingerMs: 2_000,
  closeMs: 5_000,
};
