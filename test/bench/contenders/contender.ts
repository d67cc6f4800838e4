import type { Progress } from "../../system/run.ts";
import type { BenchClosure } from "../closure/build.ts";
import type { BenchCache, Compression } from "../closure/caches.ts";

/** What a contender is to do. */
export interface Job {
  readonly closure: BenchClosure;
  readonly compression: Compression;
  readonly cache: BenchCache;
  /** The address of the server, which has {@link cachePath} and {@link archivePath}. */
  readonly server: string;
  /** The mount point of the target. */
  readonly target: string;
  /** A directory for what it needs, outside the target. */
  readonly scratch: string;
}

/** A way to bring a closure to a target. */
export interface Contender {
  /** As it is named on the command line. */
  readonly name: string;
  /** For people, with its version. */
  readonly label: string;
  /** Whether its result is a store that Nix knows, or just the files of one. */
  readonly registers: boolean;
  /** Makes what it needs once for a closure, so that no run is held up by it. */
  readonly prepare: (
    closure: BenchClosure,
    compression: Compression,
    progress: Progress,
  ) => Promise<void>;
  /** The command that fills the target; {@link syncing} is added to it. */
  readonly command: (job: Job) => Promise<readonly string[]>;
}

/** The command that runs another, and then writes everything of the target to its disk. */
export function syncing(target: string, argv: readonly string[]): readonly string[] {
  return ["sh", "-c", '"$@" && exec sync -f "$0"', target, ...argv];
}
