import { encodeNix32 } from "./base32.ts";
import { FormatError } from "./format-error.ts";
import { equalHashes, formatHash, formatHashBase16, type Hash, parseHash, sha256 } from "./hash.ts";
import type { PathInfo } from "./path-info.ts";
import { StorePath, sortStorePaths, storeDirectory } from "./store-path.ts";

/** What a content-addressed store path is derived from. */
export interface ContentAddress {
  /**
   * What {@link hash} is over: `text` and `flat`, the contents of the one file that the path is; `nar`, its NAR. `text`
   * may refer to other paths, `flat` may not.
   */
  readonly method: "text" | "flat" | "nar";
  readonly hash: Hash;
}

const prefixes = { "text:": "text", "fixed:r:": "nar", "fixed:": "flat" } as const;

/**
 * Reads the `CA` of a narinfo: `text:<hash>`, `fixed:<hash>` or `fixed:r:<hash>`, the hash with its algorithm
 * (`src/libstore/content-address.cc` of Nix; its experimental `fixed:git:` is not known here).
 *
 * @throws {FormatError} if it is none of them.
 */
export function parseContentAddress(text: string): ContentAddress {
  for (const [prefix, method] of Object.entries(prefixes)) {
    if (text.startsWith(prefix)) return { method, hash: parseHash(text.slice(prefix.length)) };
  }
  throw new FormatError(`${JSON.stringify(text)} is not a content address`);
}

/** A content address as Nix writes it, its hash in base 32. */
export function formatContentAddress({ method, hash }: ContentAddress): string {
  const prefix = method === "text" ? "text" : method === "nar" ? "fixed:r" : "fixed";
  return `${prefix}:${formatHash(hash)}`;
}

/**
 * The store path that a content address gives, with these references (which may include `self`, the path itself).
 * By `makeFixedOutputPathFromCA` of `src/libstore/store-dir-config.cc` of Nix, and the chapter "Store path
 * specification" of its manual.
 *
 * @returns `undefined` if there is no such path: only `nar` with SHA-256 may have a reference to itself, only that and
 * `text` have references at all, and `text` goes with SHA-256 alone.
 */
export function contentAddressedPath(
  name: string,
  address: ContentAddress,
  references: readonly StorePath[],
  self: StorePath,
): StorePath | undefined {
  const { method, hash } = address;
  const others = sortStorePaths(references).filter((path) => path.baseName !== self.baseName);
  const selfReference = references.some((path) => path.baseName === self.baseName);
  const withReferences = [...others.map(String), ...(selfReference ? ["self"] : [])];

  if (method === "text") {
    if (hash.algorithm !== "sha256" || selfReference) return undefined;
    return makeStorePath(["text", ...others.map(String)].join(":"), hash, name);
  }
  if (method === "nar" && hash.algorithm === "sha256") {
    return makeStorePath(["source", ...withReferences].join(":"), hash, name);
  }
  if (withReferences.length > 0) return undefined;
  const prefix = method === "nar" ? "r:" : "";
  const output = sha256(`fixed:out:${prefix}${formatHashBase16(hash)}:`);
  return makeStorePath("output:out", output, name);
}

/** Bytes of the hash part of a store path. */
const pathHashLength = 20;

function makeStorePath(type: string, hash: Hash, name: string): StorePath {
  const digest = sha256(`${type}:${formatHashBase16(hash)}:${storeDirectory}:${name}`).bytes;
  const folded = new Uint8Array(pathHashLength);
  for (const [index, byte] of digest.entries()) {
    folded[index % pathHashLength] = (folded[index % pathHashLength] ?? 0) ^ byte;
  }
  return new StorePath(`${encodeNix32(folded)}-${name}`);
}

/** What makes a content-addressed path trustworthy once its contents have arrived. */
export type ContentProof =
  /** Its NAR has the NAR hash, which is checked for every path. */
  | { readonly kind: "nar-hash" }
  /** Its NAR is one file, not executable, whose contents have this hash: see `FileHashSink`. */
  | { readonly kind: "file-hash"; readonly hash: Hash };

/**
 * Whether a path needs no signature because it is content-addressed.
 *
 * Nix takes such a path without a signature if the path follows from the content address
 * (`ValidPathInfo::isContentAddressed`), and when it is added hashes the contents again, by the method of the content
 * address (`LocalStore::addToStore`). Both halves matter: whoever serves the narinfo chose its NAR hash. So the first
 * is checked here, and the answer says what remains to be checked of the contents. Where that would mean to hash them
 * in a way of its own (paths with a reference to themselves, `nar` by another algorithm than SHA-256), a signature is
 * asked for instead.
 *
 * @returns `undefined` if there is no content address, or the path does not follow from it.
 * @throws {FormatError} if it is malformed, which one of `parseNarInfo` never is.
 */
export function proofByContent(info: PathInfo): ContentProof | undefined {
  const address = followedAddress(info);
  if (address === undefined) return undefined;
  if (address.method === "text" || address.method === "flat") {
    return { kind: "file-hash", hash: address.hash };
  }
  // A hash over a NAR with self-references zeroed is never that of the NAR itself.
  const coversNar = address.method === "nar" && equalHashes(address.hash, info.narHash);
  return coversNar ? { kind: "nar-hash" } : undefined;
}

/**
 * Whether a path follows from its content address, which no signature is over: who serves a narinfo can put in any.
 */
export function isContentAddressed(info: PathInfo): boolean {
  return followedAddress(info) !== undefined;
}

/** The content address of a path, if the path follows from it. */
function followedAddress(info: PathInfo): ContentAddress | undefined {
  const { storePath, references, contentAddress } = info;
  if (contentAddress === undefined) return undefined;
  const address = parseContentAddress(contentAddress);
  const path = contentAddressedPath(storePath.name, address, references, storePath);
  return path?.baseName === storePath.baseName ? address : undefined;
}
