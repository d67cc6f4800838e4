import { appendFileSync, constants, copyFileSync, lstatSync, openSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";
import { printable } from "./terminal/printable.ts";

/** Where the log is kept while the installer runs, in order of preference: the first that can be written. */
const candidates = ["/var/log/landfall.log", "/run/landfall.log", "/tmp/landfall.log"];

/** @returns Where it is, and the descriptor to append to: what is at the path later may be somebody else's. */
function openFirst(paths: readonly string[]): { readonly path: string; readonly file: number } {
  const failures: string[] = [];
  for (const path of paths) {
    try {
      // Made anew, so that a link planted at a well-known name is not followed.
      rmSync(path, { force: true });
      return { path, file: openSync(path, "ax", 0o600) };
    } catch (error) {
      failures.push(`${path}: ${errorCode(error) ?? String(error)}`);
    }
  }
  throw new InstallerError("refused", `no place to write the log to (${failures.join(", ")})`, {
    hint: "Name a writable file with --log-file.",
  });
}

/** @throws {InstallerError} `usage` for a device, pipe or directory: the log replaces what is at its path. */
function checkReplaceable(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isFile() || there.isSymbolicLink()) return;
  throw new InstallerError("usage", `the log cannot take the place of ${path}: it is no file`, {
    hint: "Name a file with --log-file; the events themselves are on standard output.",
  });
}

/**
 * The log of one run: every event, command and its output, with the time of each line. It begins on the live system and
 * is copied into the installed one.
 */
export class RunLog {
  /** Absolute: it is told to people who may look for it elsewhere. */
  readonly path: string;
  readonly #file: number;
  #failure: string | undefined;

  /** Why something of it could not be written: an error code; `undefined` while it is complete. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * @param path The file to write, replaced if it exists. Default: the first writable of `/var/log`, `/run`, `/tmp`.
   * @throws {InstallerError} `refused` when it cannot be written, `usage` when something else than a file is there.
   */
  constructor(path?: string) {
    if (path !== undefined) checkReplaceable(path);
    const { path: place, file } = openFirst(path === undefined ? candidates : [resolve(path)]);
    this.path = place;
    this.#file = file;
  }

  /**
   * Appends a text, each of its lines with the time (UTC) in front, and with what a terminal would act on made visible:
   * logs are looked at with cat(1). Never throws: an install, and the clean-up after one
   * that failed, goes on when there is no more room for its log.
   */
  write(text: string): void {
    const time = new Date().toISOString();
    const lines = printable(text.trimEnd()).split("\n");
    try {
      appendFileSync(this.#file, lines.map((line) => `${time} ${line}\n`).join(""));
    } catch (error) {
      this.#failure ??= errorCode(error) ?? String(error);
    }
  }

  /**
   * Copies what has been written so far to a file that is not there yet.
   *
   * @throws the system's error, and when something could not be written before.
   */
  copyTo(path: string): void {
    if (this.#failure !== undefined)
      throw new Error(`${this.path} is not complete: ${this.#failure}`);
    copyFileSync(this.path, path, constants.COPYFILE_EXCL);
  }
}
