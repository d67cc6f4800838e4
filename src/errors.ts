import type { FindingId } from "./findings/catalogue.ts";

/**
 * Why the installer stops, and the exit code that tells a script so. Documented in the README; a code never changes its
 * meaning.
 */
export const exitCodes = {
  /** A bug in the installer. */
  bug: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The manifest is wrong. */
  manifest: 3,
  /** Refused before any disk was touched. */
  refused: 4,
  /** Partitioning, formatting or mounting failed, or a disk is full or fails. */
  disk: 5,
  /** A cache or download could not deliver. */
  cache: 6,
  /** Something was not what it was signed or hashed to be. */
  integrity: 7,
  /** Activation or the boot loader failed. */
  system: 8,
  /** A signal ended the run. */
  interrupted: 130,
} as const;

/** The cause of a failure, by name: a key of {@link exitCodes}. */
export type FailureReason = keyof typeof exitCodes;

/** A place in a text that the user wrote. Lines and columns count from 1. */
export interface SourcePosition {
  /** Path or URL of the text, or `-` for standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The whole line, without its line break. */
  readonly text: string;
}

/** A stretch of one line. */
export interface SourceSpan extends SourcePosition {
  /** UTF-16 units from the column on; at least 1. */
  readonly length: number;
}

/** What an {@link InstallerError} tells besides its message. */
export interface InstallerErrorOptions {
  readonly cause?: unknown;
  /** The object of the manifest or the machine that the error is about: `disk.main`, `/dev/vda`, a store path. */
  readonly object?: string;
  /** What the user can do about it: one sentence, imperative. */
  readonly hint?: string;
  readonly position?: SourcePosition;
  /** Which kind of finding it is, where it is thrown before anything is written. */
  readonly finding?: FindingId;
}

/**
 * An error that is the user's to read: it knows its exit code, what it is about and what to do next. It is formatted in
 * one place, `src/run/format-error.ts`.
 */
export class InstallerError extends Error {
  readonly reason: FailureReason;
  readonly object: string | undefined;
  readonly hint: string | undefined;
  readonly position: SourcePosition | undefined;
  readonly finding: FindingId | undefined;

  constructor(reason: FailureReason, message: string, options: InstallerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "InstallerError";
    this.reason = reason;
    this.object = options.object;
    this.hint = options.hint;
    this.position = options.position;
    this.finding = options.finding;
  }

  /** The process exit code for this error. */
  get exitCode(): number {
    return exitCodes[this.reason];
  }
}

/** The process exit code for anything that was thrown; of several errors, the first one's. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof AggregateError && error.errors.length > 0)
    return exitCodeOf(error.errors[0]);
  return error instanceof InstallerError ? error.exitCode : exitCodes.bug;
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `EACCES` …), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
