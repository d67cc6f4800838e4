import { decodeNix32, encodeNix32 } from "./base32.ts";
import { decodeBase64 } from "./base64.ts";
import { FormatError } from "./format-error.ts";

/** The number of bytes of a hash by each algorithm that Nix accepts without an experimental feature. */
const hashLengths = { md5: 16, sha1: 20, sha256: 32, sha512: 64 } as const;

/** A hash algorithm, by the name Nix and `Bun.CryptoHasher` know it by. */
export type HashAlgorithm = keyof typeof hashLengths;

/** The result of a hash function. */
export interface Hash {
  readonly algorithm: HashAlgorithm;
  readonly bytes: Uint8Array;
}

/** Whether a text names a {@link HashAlgorithm}. */
export function isHashAlgorithm(text: string): text is HashAlgorithm {
  return Object.hasOwn(hashLengths, text);
}

/**
 * Reads a hash that names its algorithm: `sha256:` with base 32, base 16 or base 64, or SRI (`sha256-` with base 64).
 * The encoding is told from the length, as Nix does (`src/libutil/hash.cc`).
 *
 * @throws {FormatError} if the algorithm is unknown, or the rest is no such hash.
 */
export function parseHash(text: string): Hash {
  const separator = /[:-]/.exec(text);
  if (separator === null) throw malformed(text);
  const algorithm = text.slice(0, separator.index);
  if (!isHashAlgorithm(algorithm)) {
    throw new FormatError(`${JSON.stringify(text)} has an unknown hash algorithm`);
  }
  const digits = text.slice(separator.index + 1);
  if (separator[0] === ":") return parseHashDigits(algorithm, digits);
  const bytes = decodeBase64(digits);
  if (bytes.length !== hashLengths[algorithm]) throw malformed(text);
  return { algorithm, bytes };
}

/**
 * Reads the digits of a hash whose algorithm is known, in base 32, base 16 or base 64, told from the length.
 *
 * @throws {FormatError} if they are no hash of that algorithm.
 */
export function parseHashDigits(algorithm: HashAlgorithm, digits: string): Hash {
  const length = hashLengths[algorithm];
  if (digits.length === length * 2) {
    if (!/^[0-9a-fA-F]*$/.test(digits)) throw malformed(digits);
    return { algorithm, bytes: new Uint8Array(Buffer.from(digits, "hex")) };
  }
  if (digits.length === Math.ceil((length * 8) / 5)) {
    return { algorithm, bytes: decodeNix32(digits) };
  }
  if (digits.length === Math.ceil(length / 3) * 4) {
    const bytes = decodeBase64(digits);
    if (bytes.length === length) return { algorithm, bytes };
  }
  throw malformed(digits);
}

/** A hash as narinfos and fingerprints write it: `sha256:` and base 32. */
export function formatHash(hash: Hash): string {
  return `${hash.algorithm}:${encodeNix32(hash.bytes)}`;
}

/** A hash as the store's database and `nix-store --dump-db` write it: `sha256:` and base 16. */
export function formatHashBase16(hash: Hash): string {
  return `${hash.algorithm}:${Buffer.from(hash.bytes).toString("hex")}`;
}

/** A hash as flakes and `nix path-info --json` write it, in SRI: `sha256-` and base 64. */
export function formatHashSri(hash: Hash): string {
  return `${hash.algorithm}-${Buffer.from(hash.bytes).toString("base64")}`;
}

/** Whether two hashes are the same, algorithm and bytes. */
export function equalHashes(one: Hash, other: Hash): boolean {
  return one.algorithm === other.algorithm && Buffer.compare(one.bytes, other.bytes) === 0;
}

/** The SHA-256 of bytes, or of a text in UTF-8. */
export function sha256(data: string | Uint8Array): Hash {
  const bytes = new Uint8Array(Bun.CryptoHasher.hash("sha256", data));
  return { algorithm: "sha256", bytes };
}

function malformed(text: string): FormatError {
  return new FormatError(`${JSON.stringify(text)} is not a hash`);
}
