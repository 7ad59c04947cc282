/** Wrong passwords that cost nothing: people mistype, and many people may share an address. */
const FREE = { user: 3, address: 20 } as const;
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;
/** Half of what went wrong is forgotten after this. */
const HALF_LIFE_MS = 60_000;
const KEYS_MAX = 10_000;
const KEY_LENGTH_MAX = 64;

interface Wrong {
  readonly count: number;
  readonly atMs: number;
}

/**
 * Slows down whoever guesses passwords: the pause before a password is looked at grows with those that were wrong, of a
 * client address and of a user name. Right passwords wait too, or an answer that does not come at once would be known to
 * be no. Nobody is locked out, so nobody can lock out another.
 */
export class SignInBrake {
  readonly #users = new Map<string, Wrong>();
  readonly #addresses = new Map<string, Wrong>();

  pauseMs({ user, address, nowMs }: Attempt): number {
    const ofUser = pauseAfter(countOf(this.#users.get(keyOf(user)), nowMs) - FREE.user);
    const ofAddress = pauseAfter(countOf(this.#addresses.get(networkOf(address)), nowMs) - FREE.address);
    return Math.max(ofUser, ofAddress);
  }

  wrong({ user, address, nowMs }: Attempt): void {
    add(this.#users, keyOf(user), nowMs);
    add(this.#addresses, networkOf(address), nowMs);
  }

  /** Clears the name alone: with a password of one's own one must not be able to clear the address for guesses of others'. */
  right(user: string): void {
    this.#users.delete(keyOf(user));
  }
}

export interface Attempt {
  readonly user: string;
  readonly address: string;
  readonly nowMs: number;
}

function pauseAfter(count: number): number {
  return count <= 0 ? 0 : Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(count - 1, 10));
}

function countOf(wrong: Wrong | undefined, nowMs: number): number {
  return wrong === undefined ? 0 : wrong.count * 0.5 ** (Math.max(0, nowMs - wrong.atMs) / HALF_LIFE_MS);
}

function add(map: Map<string, Wrong>, key: string, nowMs: number): void {
  const count = countOf(map.get(key), nowMs) + 1;
  // Taken out first, so that the map stays in the order of the last time and the oldest goes when there are too many.
  map.delete(key);
  map.set(key, { count, atMs: nowMs });
  if (map.size <= KEYS_MAX) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
}

function keyOf(user: string): string {
  return user.slice(0, KEY_LENGTH_MAX);
}

/** One who has an IPv6 network has all its addresses: 64 bits name the network. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::', 2);
  const groups = head.split(':').filter(group => group !== '');
  const missing = 8 - groups.length - tail.split(':').filter(group => group !== '').length;
  const whole = plain.includes('::') ? [...groups, ...Array<string>(Math.max(0, missing)).fill('0')] : groups;
  return [...whole, ...tail.split(':')].slice(0, 4).join(':');
}
