import { timingSafeEqual } from 'node:crypto';
import type { SqlUser } from '../directory.ts';

/** A client that signed in, as a system table shows it. */
export interface WireConnectionStatus {
  readonly processId: number;
  readonly user: string;
  readonly database: string;
  readonly clientAddress: string;
  readonly isEncrypted: boolean;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

interface Seat {
  readonly secret: Buffer;
  status: WireConnectionStatus | null;
  cancel: () => void;
}

const SECRET_BYTES = 4;

/** Who is signed in: their number, and the keys by which a running statement can be cancelled. */
export class Registry {
  readonly #seats = new Map<number, Seat>();
  readonly #connectionsMax: number;
  readonly #newBytes: (count: number) => Uint8Array;

  constructor(options: { readonly connectionsMax: number; readonly newBytes: (count: number) => Uint8Array }) {
    this.#connectionsMax = options.connectionsMax;
    this.#newBytes = options.newBytes;
  }

  /** Takes a place; null: there is none left for this user. System Administrators have one more. */
  take(user: SqlUser): { readonly processId: number; readonly secret: Buffer } | null {
    const places = this.#connectionsMax + (user.role === 'System Administrator' ? 1 : 0);
    if (this.#seats.size >= places) return null;
    // Not counted up: who guesses a key would have to guess this too.
    let processId = 0;
    while (processId === 0 || this.#seats.has(processId)) {
      processId = Buffer.from(this.#newBytes(4)).readUInt32BE(0) >>> 1;
    }
    const secret = Buffer.from(this.#newBytes(SECRET_BYTES));
    this.#seats.set(processId, { secret, status: null, cancel: () => {} });
    return { processId, secret };
  }

  seated(status: WireConnectionStatus, cancel: () => void): void {
    const seat = this.#seats.get(status.processId);
    if (seat === undefined) return;
    seat.status = status;
    seat.cancel = cancel;
  }

  free(processId: number): void {
    this.#seats.delete(processId);
  }

  /** A wrong key does nothing, and nobody is told which it was. */
  cancel({ processId, secret }: { readonly processId: number; readonly secret: Buffer }): void {
    const seat = this.#seats.get(processId);
    if (seat === undefined || secret.length !== seat.secret.length) return;
    if (timingSafeEqual(secret, seat.secret)) seat.cancel();
  }

  connections(): readonly WireConnectionStatus[] {
    return [...this.#seats.values()].flatMap(({ status }) => (status === null ? [] : [status]));
  }
}
