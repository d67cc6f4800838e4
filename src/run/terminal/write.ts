import { writeSync } from "node:fs";
import { errorCode, errorMessage, InstallerError } from "../../errors.ts";

/** Milliseconds between two attempts to write to a pipe that is full. */
const retryMilliseconds = 5;

const waitCell = new Int32Array(new SharedArrayBuffer(4));

/** Error codes that mean that nobody reads any more: a closed pipe, a terminal that hung up. */
const gone = new Set(["EPIPE", "EIO", "ECONNRESET", "ENXIO"]);

/** Error codes that mean that there is no room for more: a file on a full disk. */
const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * Writes a whole text to a file descriptor before it returns, however slowly it is read. Bun drops what is still queued
 * in `process.stdout` when the process exits.
 *
 * @returns Whether somebody still reads: `false` once the pipe is closed, the terminal hung up, or the disk is full.
 */
export function writeText(descriptor: number, text: string): boolean {
  return attempt(descriptor, text) === undefined;
}

/**
 * Writes to standard output what a command was asked for. Nobody need read all of it.
 *
 * @throws {InstallerError} `refused` when there is no room for it: what is cut off must not pass for the whole.
 */
export function writeOutput(text: string): void {
  const error = attempt(1, text);
  if (error === undefined || !full.has(errorCode(error) ?? "")) return;
  throw new InstallerError("refused", `standard output cannot be written: ${errorMessage(error)}`, {
    hint: "Make room where it is redirected to, and run the command again.",
  });
}

/** Writes a text. @returns why it could not be written whole; what nobody foresees is thrown. */
function attempt(descriptor: number, text: string): unknown {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = errorCode(error);
      if (code !== undefined && (gone.has(code) || full.has(code))) return error;
      if (code !== "EAGAIN" && code !== "EINTR") throw error;
      Atomics.wait(waitCell, 0, 0, retryMilliseconds);
    }
  }
  return undefined;
}
