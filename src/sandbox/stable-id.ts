/** Relationships are stored without an id; theirs follows from the name. */
export function stableId(name: string): string {
  let high = 0xcbf29ce484222325n;
  let low = 0x84222325cbf29ce4n;
  for (const byte of Buffer.from(name.toLowerCase(), 'utf8')) {
    high = BigInt.asUintN(64, (high ^ BigInt(byte)) * 0x100000001b3n);
    low = BigInt.asUintN(64, (low ^ BigInt(byte ^ 0x5a)) * 0x100000001b3n);
  }
  const hex = high.toString(16).padStart(16, '0') + low.toString(16).padStart(16, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
