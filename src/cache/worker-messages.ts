import { errorCode, errorMessage, type FailureReason, InstallerError } from "../errors.ts";
import type { HttpSettings } from "../http/retry.ts";
import type { PathVerdict } from "../store/verify-path.ts";
import type { ClosurePath } from "./closure.ts";
import type { KeptFile } from "./kept-files.ts";
import type { FetchProfile } from "./profile.ts";
import type { NamedPath } from "./verify-paths.ts";

/**
 * What the pull tells a worker. The first is `start`; after `stop` it finishes with failures, and then says
 * `stopped`.
 */
export type ToWorker =
  | {
      readonly kind: "start";
      /** The target's store directory. */
      readonly storeDirectory: string;
      /** Whether equal files become links of one. */
      readonly autoOptimise: boolean;
      readonly substituters: readonly string[];
      readonly http: HttpSettings;
      /** Shared with the pull: not 0 once everything is to be broken off. */
      readonly stopFlag: Int32Array<SharedArrayBuffer>;
    }
  /** Is answered by `verified` or `failed`. */
  | { readonly kind: "verify"; readonly path: NamedPath }
  /** Is answered by `swept` or `failed`. */
  | { readonly kind: "sweep"; readonly suspects: ReadonlySet<number> }
  | {
      readonly kind: "fetch";
      readonly path: ClosurePath;
      /** The file of its NAR, where it is in memory already. */
      readonly file?: KeptFile;
    }
  | { readonly kind: "stop" };

/** What became of a path. */
export interface Fetched extends Pick<ClosurePath, "narHash" | "narSize"> {
  /** Compressed bytes received. */
  readonly bytes: number;
}

/** What a worker tells the pull. Every `fetch` is answered by `fetched` or `failed`. */
export type FromWorker =
  | { readonly kind: "verified"; readonly storePath: string; readonly verdict: PathVerdict }
  /** @see sweepLinks */
  | { readonly kind: "swept"; readonly unsound: number }
  /** Compressed bytes received of a path so far; fewer than before when it is fetched once more. */
  | { readonly kind: "received"; readonly storePath: string; readonly bytes: number }
  | ({ readonly kind: "fetched"; readonly storePath: string } & Fetched)
  /** `storePath` is empty for a `sweep`. */
  | { readonly kind: "failed"; readonly storePath: string; readonly failure: Failure }
  | { readonly kind: "log"; readonly level: "debug" | "info" | "warning"; readonly message: string }
  | { readonly kind: "stopped"; readonly report: WorkerReport };

/** What a worker did in all. */
export interface WorkerReport
  extends Pick<
    FetchProfile,
    "wait" | "decompress" | "hash" | "write" | "requests" | "resumed" | "repeated"
  > {
  readonly files: number;
}

/** An {@link InstallerError} as it gets from one thread to the other. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly object: string | undefined;
  readonly hint: string | undefined;
  /** The name of the system call's error that it is about: `ENOSPC`. */
  readonly code: string | undefined;
}

/**
 * An error made ready for another thread. One that is no InstallerError is a bug, and keeps its stack in the message.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof InstallerError) {
    const { reason, message, object, hint, cause } = error;
    return { reason, message, object, hint, code: errorCode(cause) ?? errorCode(error) };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  return { reason: "bug", message, object: undefined, hint: undefined, code: undefined };
}

/** The error that {@link toFailure} was given, as far as it came through. */
export function fromFailure({ reason, message, object, hint, code }: Failure): InstallerError {
  return new InstallerError(reason, message, {
    ...(code === undefined ? {} : { cause: Object.assign(new Error(code), { code }) }),
    ...(object === undefined ? {} : { object }),
    ...(hint === undefined ? {} : { hint }),
  });
}
