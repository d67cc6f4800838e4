import type { NarSink } from "../nix/nar-sink.ts";

/** What is at a path of a store, links followed. */
export type StoreEntry =
  | { readonly type: "file" /** Bytes. */; readonly size: number; readonly executable: boolean }
  | { readonly type: "directory" };

/** How much may be read for a file. */
export interface ReadLimits {
  /** Bytes that the file may have; a larger one is taken for something else than what is looked for. */
  readonly size: number;
  /**
   * Bytes that the NAR of the file's store path may have, where reading means to fetch it. Default: any. With it, a file
   * that turns out to be a part of a large package costs nothing.
   */
  readonly narSize?: number;
}

/**
 * Reads files by their path in a store, `/nix/store/<hash>-<name>/…`, wherever the store is. Symbolic links are followed as
 * the installed system would, also from one store path to another.
 *
 * What is not there is `undefined`. What cannot be read is an `InstallerError`.
 */
export interface StoreReader {
  /** Looks at what is at a path, links followed. */
  readonly stat: (path: string) => Promise<StoreEntry | undefined>;
  /** The contents of a plain file; `undefined` also for what is no plain file, or beyond the limits. */
  readonly readFile: (path: string, limits: ReadLimits) => Promise<Buffer | undefined>;
}

/** A {@link StoreReader} that also reads what is too large for memory. */
export interface StoreStreamReader extends StoreReader {
  /**
   * Hands the tree at a path to a sink, piece by piece as it arrives. What the sink throws comes through.
   *
   * @param makeSink Called for each attempt: after an attempt that broke off, everything begins anew with a new sink.
   * @returns Whether there is anything at the path.
   */
  readonly visit: (path: string, makeSink: () => NarSink) => Promise<boolean>;
}
