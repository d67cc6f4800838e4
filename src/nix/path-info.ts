import type { Hash } from "./hash.ts";
import type { StorePath } from "./store-path.ts";

/** What Nix knows of a valid store path, whatever store or cache holds it. */
export interface PathInfo {
  readonly storePath: StorePath;
  /** SHA-256 of the path's NAR. */
  readonly narHash: Hash;
  /** Bytes of the path's NAR. */
  readonly narSize: number;
  /** The paths it refers to, itself included if it does; sorted, without duplicates. */
  readonly references: readonly StorePath[];
  /** The derivation that built it, where known. */
  readonly deriver?: StorePath;
  /** Signatures over its fingerprint, each `key-name:base64`. */
  readonly signatures: readonly string[];
  /** What its path is derived from, if it is content-addressed: `fixed:r:sha256:…`, `text:sha256:…`. */
  readonly contentAddress?: string;
}
