import { createHash, X509Certificate } from 'node:crypto';

/** Encoded object ids of signature algorithms and the hash that RFC 5929 takes for each. */
const hashes: readonly (readonly [string, string])[] = [
  // sha256WithRSAEncryption, sha384…, sha512…
  ['06092a864886f70d01010b', 'sha256'],
  ['06092a864886f70d01010c', 'sha384'],
  ['06092a864886f70d01010d', 'sha512'],
  // ecdsa-with-SHA256, …SHA384, …SHA512
  ['06082a8648ce3d040302', 'sha256'],
  ['06082a8648ce3d040303', 'sha384'],
  ['06082a8648ce3d040304', 'sha512'],
  // sha1WithRSAEncryption, ecdsa-with-SHA1: SHA-256 in the place of what is too weak.
  ['06092a864886f70d010105', 'sha256'],
  ['06072a8648ce3d0401', 'sha256'],
];

/**
 * `tls-server-end-point` of a certificate (RFC 5929, section 4): its hash. Null where its signature's algorithm has no
 * one hash function (Ed25519) or tells it only in parameters (RSASSA-PSS); channel binding is then not offered.
 */
export function tlsServerEndPoint(certificatePem: string): Buffer | null {
  const { raw } = new X509Certificate(certificatePem);
  const algorithm = signatureAlgorithm(raw).toString('hex');
  const hash = hashes.find(([id]) => algorithm.startsWith(id))?.[1];
  return hash === undefined ? null : createHash(hash).update(raw).digest();
}

/** Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { algorithm OID, … }, … } (RFC 5280). */
function signatureAlgorithm(der: Buffer): Buffer {
  const inside = contentOf(der);
  const { end } = measure(inside);
  return contentOf(inside.subarray(end));
}

function contentOf(der: Buffer): Buffer {
  const { begin, end } = measure(der);
  return der.subarray(begin, end);
}

/** Where the content of the first DER element begins and ends. The bytes are those of a certificate that was parsed. */
function measure(der: Buffer): { readonly begin: number; readonly end: number } {
  const first = der.readUInt8(1);
  if (first < 0x80) return { begin: 2, end: 2 + first };
  const lengthBytes = first & 0x7f;
  const begin = 2 + lengthBytes;
  return { begin, end: begin + der.readUIntBE(2, lengthBytes) };
}
