import { writeSync } from "node:fs";
import { errorCode } from "../../errors.ts";

/** Milliseconds between two attempts to write to a pipe that is full. */
const retryMilliseconds = 5;

const waitCell = new Int32Array(new SharedArrayBuffer(4));

/** Error codes that mean that nobody reads any more: a closed pipe, a terminal that hung up. */
const gone = new Set(["EPIPE", "EIO", "ECONNRESET", "ENXIO"]);

/**
 * Writes a whole text to a file descriptor before it returns, however slowly it is read. Bun drops what is still queued
 * in `process.stdout` when the process exits.
 *
 * @returns Whether somebody still reads: `false` once the pipe is closed or the terminal hung up.
 */
export function writeText(descriptor: number, text: string): boolean {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = errorCode(error);
      if (code !== undefined && gone.has(code)) return false;
      if (code !== "EAGAIN" && code !== "EINTR") throw error;
      Atomics.wait(waitCell, 0, 0, retryMilliseconds);
    }
  }
  return true;
}
