import type { Compression } from "../nix/narinfo.ts";
import type { CopiedPath } from "./nix-store/copied-path.ts";

/** A store path as a cache offers it: plain data, and already found trustworthy. */
export interface ClosurePath {
  /** `/nix/store/<hash>-<name>` */
  readonly storePath: string;
  /** Where the NAR is, absolute; may hold a user name and password. */
  readonly narUrl: string;
  /** The cache that offers it, one of {@link Closure.substituters}. */
  readonly substituter: string;
  readonly compression: Compression;
  /** Hash of the compressed NAR: the algorithm, a colon and base 32. */
  readonly fileHash?: string;
  /** Bytes of the compressed NAR. */
  readonly fileSize?: number;
  /** `sha256:<base 32>` */
  readonly narHash: string;
  /** Bytes of the NAR. */
  readonly narSize: number;
  /** Whole store paths, itself included if it refers to itself; sorted. */
  readonly references: readonly string[];
  /** Whole store path of the derivation that built it. */
  readonly deriver?: string;
  /** As in the narinfo, each `key-name:base64`. */
  readonly signatures: readonly string[];
  /** As in the narinfo: `fixed:r:sha256:…`. */
  readonly contentAddress?: string;
  /**
   * The path is trusted for being content-addressed by this hash: its NAR must be one plain file with contents of
   * this hash.
   */
  readonly contentHash?: string;
}

/** A store path and everything it refers to, as the caches have it: plain data. */
export interface Closure {
  /** `/nix/store/<hash>-<name>` */
  readonly toplevel: string;
  /** The caches in the order in which they are asked. Each ends in a slash, and may hold a user name and password. */
  readonly substituters: readonly string[];
  /** Every path that a cache has, once, after those it refers to. */
  readonly paths: readonly ClosurePath[];
  /** The paths that no cache has, which the portable store's Nix copies from other stores; in the same order. */
  readonly copies?: readonly CopiedPath[];
  /** Bytes to download: compressed NARs, or NARs where a cache does not tell the compressed size. */
  readonly downloadSize: number;
  /** Bytes of all NARs. */
  readonly narSize: number;
}

/** Whether a path is left to Nix. */
export function isCopied(path: ClosurePath | CopiedPath): path is CopiedPath {
  return "store" in path;
}

/** Bytes to download for a path, as far as the cache tells; else those of its NAR. */
export function downloadSize(path: ClosurePath | CopiedPath): number {
  return isCopied(path) ? path.narSize : (path.fileSize ?? path.narSize);
}

/** Bytes of the NARs of paths. */
export function totalNarSize(paths: readonly { readonly narSize: number }[]): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0);
}

/** Bytes to download for paths, as far as the caches tell. */
export function totalDownloadSize(paths: readonly (ClosurePath | CopiedPath)[]): number {
  return paths.reduce((sum, path) => sum + downloadSize(path), 0);
}

/**
 * Bytes that a compressed NAR may have at most: its NAR, and what formats add to what does not compress. The size that
 * a narinfo tells is not signed.
 */
export function maximumFileSize(narSize: number): number {
  return Math.floor(narSize * 1.1) + 65_536;
}
