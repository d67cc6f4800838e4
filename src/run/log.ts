import { appendFileSync, closeSync, copyFileSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";

/** Where the log is kept while the installer runs, in order of preference: the first that can be written. */
const candidates = ["/var/log/landfall.log", "/run/landfall.log", "/tmp/landfall.log"];

function openFirst(paths: readonly string[]): string {
  const failures: string[] = [];
  for (const path of paths) {
    try {
      // Made anew, so that a link planted at a well-known name is not followed.
      rmSync(path, { force: true });
      closeSync(openSync(path, "wx", 0o600));
      return path;
    } catch (error) {
      failures.push(`${path}: ${errorCode(error) ?? String(error)}`);
    }
  }
  throw new InstallerError("refused", `no place to write the log to (${failures.join(", ")})`, {
    hint: "Name a writable file with --log-file.",
  });
}

/**
 * The log of one run: every event, command and its output, with the time of each line. It begins on the live system and
 * is copied into the installed one.
 */
export class RunLog {
  readonly path: string;

  /**
   * @param path The file to write, replaced if it exists. Default: the first writable of `/var/log`, `/run`, `/tmp`.
   * @throws {InstallerError} `refused` when it cannot be written.
   */
  constructor(path?: string) {
    this.path = openFirst(path === undefined ? candidates : [path]);
  }

  /** Appends a text, each of its lines with the time (UTC) in front. */
  write(text: string): void {
    const time = new Date().toISOString();
    const lines = text.trimEnd().split("\n");
    appendFileSync(this.path, lines.map((line) => `${time} ${line}\n`).join(""));
  }

  /** Copies what has been written so far to another file, making its directory (mode 0755) where needed. */
  copyTo(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    copyFileSync(this.path, path);
  }
}
