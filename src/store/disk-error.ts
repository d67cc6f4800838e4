import { type StatsFs, statfsSync } from "node:fs";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { formatSize } from "../values/size.ts";

/** What a file system that is full is to hold besides. */
export interface FullPlace {
  /** Anywhere on the file system. */
  readonly path: string;
  /** Bytes that are still to be written there, about, where that is known. */
  readonly needed?: number | undefined;
}

const fullCodes: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL"]);

const readOnlyCodes: ReadonlySet<string | undefined> = new Set(["EROFS", "SQLITE_READONLY"]);

const dmesg = "The kernel's log (dmesg) says what is wrong with the disk.";

/** Whether an error, or what caused it, is that a disk or a quota is full. */
function isFull(error: unknown): boolean {
  if (fullCodes.has(errorCode(error))) return true;
  return error instanceof Error && error.cause !== undefined && isFull(error.cause);
}

/**
 * Makes a failed system call, or a failed call of SQLite, the user's: an error of the disk that says in words what is
 * wrong with it. Any other error comes back as it is.
 *
 * @param failed What failed of it, the beginning of the message: `/nix/store/… cannot be written`.
 */
export function diskError(
  error: unknown,
  failed: string,
  { object, place }: { readonly object?: string; readonly place?: FullPlace } = {},
): unknown {
  const code = errorCode(error);
  if (code === undefined || (error instanceof InstallerError && error.reason !== "bug")) {
    return error;
  }
  const { problem, hint } = explain(code, error, place);
  return new InstallerError("disk", `${failed}: ${problem}`, {
    cause: error,
    ...(object === undefined ? {} : { object }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Adds to an error of a worker, which knows only its own path, how full the file system is and what was still to come. Any
 * other error than one of a full disk comes back as it is.
 */
export function withFigures(error: unknown, place: FullPlace): unknown {
  if (!(error instanceof InstallerError) || error.reason !== "disk" || !isFull(error)) return error;
  const { problem, hint } = explainFull(errorCode(error.cause), place);
  const [failed = ""] = error.message.split(": ", 1);
  return new InstallerError("disk", `${failed}: ${problem}`, {
    cause: error.cause,
    hint,
    ...(error.object === undefined ? {} : { object: error.object }),
  });
}

/** What a {@link diskError} says of a file system that is full, and what can be done. */
export function explainFull(
  code: string | undefined,
  { path, needed }: FullPlace,
): { readonly problem: string; readonly hint: string } {
  const figures = statistics(path);
  if (figures === undefined) {
    return {
      problem: `the file system of ${path} is full`,
      hint: "Make it larger, or install less.",
    };
  }
  const { bsize, blocks, bavail, files, ffree } = figures;
  const available = bavail * bsize;
  if (code === "EDQUOT") {
    return {
      problem: `the quota of the file system of ${path} is used up${stillToBeWritten(needed)}`,
      hint: "Raise the quota, or install less.",
    };
  }
  // What did not fit has been removed again, its inodes included: then it is the bytes that would have sufficed.
  if (files > 0 && (ffree === 0 || (needed !== undefined && needed <= available))) {
    return {
      problem: `the file system of ${path} has not enough inodes: ${ffree} of ${files} are free`,
      hint: "Make the file system with more inodes (mkfs.ext4 -N), or larger.",
    };
  }
  const missing = needed === undefined || needed <= available ? undefined : needed - available;
  return {
    problem: `the file system of ${path} is full: ${formatSize(available)} of ${formatSize(blocks * bsize)} are free${stillToBeWritten(needed)}`,
    hint: `Make the file system that holds /nix larger${missing === undefined ? "" : ` by at least ${formatSize(missing)}`}, or install less; then run the same command again.`,
  };
}

/** What statfs(2) says, unless the file system fails in that, too. */
function statistics(path: string): StatsFs | undefined {
  try {
    return statfsSync(path);
  } catch {
    return undefined;
  }
}

function stillToBeWritten(needed: number | undefined): string {
  return needed === undefined ? "" : `, and ${formatSize(needed)} are still to be written`;
}

function explain(
  code: string,
  error: unknown,
  place: FullPlace | undefined,
): { readonly problem: string; readonly hint?: string } {
  if (fullCodes.has(code)) {
    if (place !== undefined) return explainFull(code, place);
    const problem = code === "EDQUOT" ? "its quota is used up" : "the target's file system is full";
    return { problem, hint: "Make the file system that holds /nix larger, or install less." };
  }
  if (readOnlyCodes.has(code)) {
    return {
      problem: "its file system is read-only, which the kernel makes it after errors of the disk",
      hint: dmesg,
    };
  }
  if (code === "EIO" || code.startsWith("SQLITE_IOERR")) {
    return { problem: `the disk fails (${code})`, hint: dmesg };
  }
  return { problem: errorMessage(error) };
}
