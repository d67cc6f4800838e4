import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { decodeBase64 } from "./base64.ts";
import { FormatError } from "./format-error.ts";
import { formatHash } from "./hash.ts";
import type { PathInfo } from "./path-info.ts";
import { sortStorePaths } from "./store-path.ts";

/** An Ed25519 public key as `trusted-public-keys` in nix.conf has it. */
export interface PublicKey {
  /** The text before the colon: `cache.nixos.org-1`. A signature names the key that made it. */
  readonly name: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly key: KeyObject;
}

/** A detached Ed25519 signature as a narinfo's `Sig` has it. */
export interface Signature {
  /** The name of the key that made it. */
  readonly keyName: string;
  /** 64 bytes. */
  readonly bytes: Uint8Array;
}

/** What comes before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Reads a public key, `name:base64` (`src/libutil/signature/local-keys.cc` of Nix).
 *
 * @throws {FormatError} if it is not of that form or has not 32 bytes.
 */
export function parsePublicKey(text: string): PublicKey {
  const { name, bytes } = parseNamed(text, "public key", 32);
  const der = Buffer.concat([spkiPrefix, bytes]);
  return { name, bytes, key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

/**
 * Reads a signature, `name:base64`.
 *
 * @throws {FormatError} if it is not of that form or has not 64 bytes.
 */
export function parseSignature(text: string): Signature {
  const { name, bytes } = parseNamed(text, "signature", 64);
  return { keyName: name, bytes };
}

/**
 * What a signature of a store path is over: `1;<path>;<NAR hash in base 32>;<NAR size in bytes>;<references>`, the
 * references as whole paths, sorted, with commas between (`ValidPathInfo::fingerprint` of Nix).
 */
export function fingerprint(info: PathInfo): string {
  const references = sortStorePaths(info.references).join(",");
  const path = info.storePath.toString();
  return `1;${path};${formatHash(info.narHash)};${info.narSize};${references}`;
}

/**
 * Checks the signatures of a store path.
 *
 * A signature that is malformed, or made by a key that is not among `keys`, counts for nothing, as in Nix; so does one
 * that is wrong. If two keys have one name, Nix goes by the first of them; here either may have signed.
 *
 * @returns The names of the keys that signed the path, without duplicates; empty if it is to be trusted by no
 * signature.
 */
export function verifySignatures(info: PathInfo, keys: readonly PublicKey[]): string[] {
  const message = Buffer.from(fingerprint(info));
  const signers = new Set<string>();
  for (const text of info.signatures) {
    const signature = parseSignatureOrNone(text);
    if (signature === undefined) continue;
    const { keyName, bytes } = signature;
    const candidates = keys.filter((key) => key.name === keyName);
    if (candidates.some(({ key }) => verify(null, message, key, bytes))) signers.add(keyName);
  }
  return [...signers];
}

function parseSignatureOrNone(text: string): Signature | undefined {
  try {
    return parseSignature(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function parseNamed(
  text: string,
  kind: string,
  length: number,
): { readonly name: string; readonly bytes: Uint8Array } {
  const colon = text.indexOf(":");
  if (colon <= 0) throw new FormatError(`${JSON.stringify(text)} is not a ${kind}: no "name:"`);
  const bytes = decodeBase64(text.slice(colon + 1));
  if (bytes.length !== length) {
    throw new FormatError(
      `${JSON.stringify(text)} is not a ${kind}: ${bytes.length} bytes instead of ${length}`,
    );
  }
  return { name: text.slice(0, colon), bytes };
}
