import { refusal } from './refusal.ts';
import { ENGINE_SETTINGS, SERVER_SETTINGS, SETTINGS, type SettingEntry } from './setting-list.ts';

/** Settings as they were at some time; made and taken back by `SessionSettings` only. */
export interface SettingsMark {
  readonly session: ReadonlyMap<string, string>;
  readonly local: ReadonlyMap<string, string>;
}

/** Options with a dot in their name that no list has; a client may make some, not fill the memory with them. */
const CUSTOM_MAX = 200;
const CUSTOM_BYTES_MAX = 64 * 1024;
const CUSTOM_NAME = /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*(\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)+$/;
const PLAIN_NAME = /^[a-z_][a-z0-9_$]*$/;

/**
 * What a session is set to, with PostgreSQL's rules: SET lasts unless its transaction is rolled back, SET LOCAL until
 * the transaction ends, and going back to a savepoint takes back what came after it. Names are compared without case.
 *
 * Whoever runs statements sees to it that changes reach the engine and the client.
 */
export class SessionSettings {
  readonly #fixed: ReadonlyMap<string, string>;
  /** What RESET goes back to: the start-up packet's, where it said something. */
  #initial: ReadonlyMap<string, string>;
  #session: ReadonlyMap<string, string> = new Map();
  #local: ReadonlyMap<string, string> = new Map();
  #begun: SettingsMark | null = null;
  readonly #transaction = new Map<string, string>();
  #version = 0;

  /** `facts`: values that the server knows, for example `server_version`; nobody may set them. */
  constructor(facts: ReadonlyMap<string, string>) {
    this.#fixed = facts;
    this.#initial = new Map();
  }

  /** For the start-up packet: set, and what RESET goes back to. */
  setInitial(name: string, value: string): void {
    this.#initial = changed(this.#initial, name.toLowerCase(), this.#parsed(name, value));
  }

  /** As `set_config` does: a list is one text, its names quoted by the caller. Answers the value as SHOW does. */
  setText({
    name,
    text,
    isLocal,
  }: {
    readonly name: string;
    readonly text: string;
    readonly isLocal: boolean;
  }): string {
    this.#put(name, this.#parsed(name, text), isLocal);
    return this.show(name);
  }

  /**
   * `values` null: DEFAULT. Answers the value as SHOW does. Throws `input/sql`: 42704 unknown, 55P02 cannot be set,
   * 42501 the server's, 22023 not such a value.
   */
  set({
    name,
    values,
    isLocal,
  }: {
    readonly name: string;
    readonly values: readonly string[] | null;
    readonly isLocal: boolean;
  }): string {
    if (values === null) this.#put(name, this.#default(name), isLocal);
    else this.#put(name, this.#parsed(name, this.#joined(name, values)), isLocal);
    return this.show(name);
  }

  /** RESET; null: all that may be set. */
  reset(name: string | null): void {
    if (name !== null) this.set({ name, values: null, isLocal: false });
    else this.backTo({ session: new Map(), local: new Map() });
  }

  /** As SHOW answers; 42704 where there is none. */
  show(name: string): string {
    const value = this.get(name);
    if (value !== undefined) return value;
    throw unknown(name);
  }

  /** The name as SHOW heads its answer. */
  canonical(name: string): string {
    return SETTINGS.get(name.toLowerCase())?.name ?? name;
  }

  /** A fact of the transaction that runs: `transaction_isolation` and the like. */
  setTransactionFact(name: string, value: string): void {
    if (this.#transaction.get(name) === value) return;
    this.#transaction.set(name, value);
    this.#version += 1;
  }

  begin(): void {
    this.#begun ??= this.mark();
  }

  commit(): void {
    this.backTo({ session: this.#session, local: new Map() });
    this.#begun = null;
  }

  rollback(): void {
    this.backTo({ session: this.#begun?.session ?? this.#session, local: new Map() });
    this.#begun = null;
  }

  mark(): SettingsMark {
    return { session: this.#session, local: this.#local };
  }

  backTo({ session, local }: SettingsMark): void {
    if (session !== this.#session || local.size > 0 || this.#local.size > 0) this.#version += 1;
    this.#session = session;
    this.#local = local;
  }

  /** Of every setting, in the order of their names: what SHOW ALL lists. */
  all(): { readonly name: string; readonly value: string; readonly about: string }[] {
    return this.entries()
      .map(([name, value]) => ({ name, value, about: SETTINGS.get(name.toLowerCase())?.about ?? '' }))
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  }

  /** Those that clients are told of. */
  reported(): ReadonlyMap<string, string> {
    const names = [...SETTINGS.values()].filter(({ isReported }) => isReported === true).map(({ name }) => name);
    const facts = [...this.#fixed.keys()].filter(name => REPORTED_FACTS.has(name));
    return new Map([...names, ...facts].map(name => [name, this.show(name)]));
  }

  get(name: string): string | undefined {
    const key = name.toLowerCase();
    const set = this.#local.get(key) ?? this.#session.get(key) ?? this.#initial.get(key) ?? this.#transaction.get(key);
    return set ?? this.#fixed.get(key) ?? SETTINGS.get(key)?.initial;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** Every setting by its canonical name (`DateStyle`), as SHOW answers it. */
  entries(): [string, string][] {
    const custom = [...this.#initial.keys(), ...this.#session.keys(), ...this.#local.keys(), ...this.#fixed.keys()];
    const names = [...SETTINGS.values()].map(({ name }) => name);
    const all = new Set([...names, ...custom.filter(key => !SETTINGS.has(key))]);
    return [...all].map(name => [name, this.show(name)]);
  }

  #put(name: string, value: string, isLocal: boolean): void {
    const key = name.toLowerCase();
    this.#version += 1;
    if (isLocal) this.#local = changed(this.#local, key, value);
    else {
      this.#session = changed(this.#session, key, value);
      this.#local = changed(this.#local, key, null);
    }
  }

  #default(name: string): string {
    const entry = this.#settable(name);
    // A custom option that was never set is unknown; once set, its default is the empty text.
    if (entry === null && !this.has(name)) throw unknown(name);
    return this.#initial.get(name.toLowerCase()) ?? entry?.initial ?? '';
  }

  #joined(name: string, values: readonly string[]): string {
    const entry = this.#settable(name);
    if (entry?.isList !== true && values.length > 1) {
      throw refusal({ state: '22023', message: `SET ${name} takes only one argument` });
    }
    return values.map(value => (entry?.isNames === true ? quotedName(value) : value)).join(', ');
  }

  #parsed(name: string, text: string): string {
    const entry = this.#settable(name);
    if (entry === null) return this.#customValue(name.toLowerCase(), text);
    return (entry.parse ?? String)(text, entry.name);
  }

  /** Null for a custom option. */
  #settable(name: string): SettingEntry | null {
    const key = name.toLowerCase();
    const entry = SETTINGS.get(key);
    if (entry?.parse === null || (entry === undefined && this.#fixed.has(key))) throw notChangeable(key);
    if (entry !== undefined) return entry;
    if (ENGINE_SETTINGS.has(key)) throw denied(name);
    if (SERVER_SETTINGS.has(key)) throw notChangeable(key);
    if (!key.includes('.')) throw unknown(name);
    if (!CUSTOM_NAME.test(name)) {
      throw refusal({
        state: '42602',
        message: `invalid configuration parameter name "${name.slice(0, 200)}"`,
        detail: 'Custom parameter names must be two or more simple identifiers separated by dots.',
      });
    }
    if (key.startsWith('lakelink.')) throw unknown(name);
    return null;
  }

  #customValue(key: string, text: string): string {
    const custom = this.entries()
      .map(([name]) => name)
      .filter(name => !SETTINGS.has(name.toLowerCase()) && !this.#fixed.has(name));
    const isTooMany = custom.length >= CUSTOM_MAX && !custom.includes(key);
    if (isTooMany || Buffer.byteLength(text) > CUSTOM_BYTES_MAX) {
      throw refusal({
        state: '54000',
        message: `at most ${CUSTOM_MAX} custom parameters of ${CUSTOM_BYTES_MAX} bytes are kept`,
      });
    }
    return text;
  }
}

/** Facts of the server among the reports (PostgreSQL documentation, section 55.2.7). */
const REPORTED_FACTS = new Set(['server_version', 'is_superuser', 'session_authorization', 'in_hot_standby']);

function changed(map: ReadonlyMap<string, string>, key: string, value: string | null): ReadonlyMap<string, string> {
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}

/** A name of a list; a whole text is one name, also `'a, b'`. */
function quotedName(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function unknown(name: string) {
  return refusal({
    state: '42704',
    message: `unrecognized configuration parameter "${name.slice(0, 200)}"`,
  });
}

function notChangeable(name: string) {
  return refusal({ state: '55P02', message: `parameter "${name}" cannot be changed` });
}

function denied(name: string) {
  return refusal({ state: '42501', message: `permission denied to set parameter "${name}"` });
}
