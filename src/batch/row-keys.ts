const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const KNOWN_KEYS_MAX = 10_000;

/** The property names of the row being scanned, and its id where it could be read. */
export class RowKeys {
  readonly #idProperty: string;
  readonly #names = new Set<string>();
  /** Names of earlier rows, by their bytes. */
  readonly #known = new Map<string, string>();
  #name = '';
  #id: string | null = null;
  #deletedId: string | null = null;

  constructor(idProperty: string) {
    this.#idProperty = idProperty;
  }

  get id(): string | null {
    return this.#id ?? this.#deletedId;
  }

  /** Whether the value that comes now may be an id: of a row, or of a deleted entity. */
  get idComes(): boolean {
    return this.#name === this.#idProperty || this.#name === 'id';
  }

  beginRow(): void {
    this.#names.clear();
    this.#name = '';
    this.#id = null;
    this.#deletedId = null;
  }

  /** Takes the name between these quotes. False when it is no JSON, or a second one: DuckDB refuses a page with both. */
  take(bytes: Buffer, from: number, to: number): boolean {
    const raw = bytes.toString('latin1', from, to);
    const known = this.#known.get(raw);
    const name = known ?? parseName(bytes.toString('utf8', from, to));
    if (name === null || this.#names.has(name)) return false;
    if (known === undefined && this.#known.size < KNOWN_KEYS_MAX) this.#known.set(raw, name);
    this.#name = name;
    this.#names.add(name);
    return true;
  }

  takeId(text: string): void {
    if (!GUID.test(text)) return;
    if (this.#name === this.#idProperty) this.#id = text.toLowerCase();
    else this.#deletedId = text.toLowerCase();
  }
}

function parseName(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}
