import { constants, openSync, readSync } from "node:fs";
import { isatty } from "node:tty";
import { errorCode } from "../errors.ts";
import { pollUntil } from "../facts/poll.ts";

/** The longest line that the kernel's terminals take (termios(3), canonical mode). */
const longestLine = 4096;

/**
 * Opens the terminal on which somebody can be asked: the controlling one, or standard input on consoles that control
 * nothing. Standard input itself may be a manifest or a tarball.
 *
 * @returns A file descriptor that reads without blocking, so that an interruption ends the wait; `undefined` without one.
 */
export function openDialogue(): number | undefined {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  for (const path of ["/dev/tty", ...(isatty(0) ? ["/proc/self/fd/0"] : [])]) {
    try {
      return openSync(path, flags);
    } catch (error) {
      if (!["ENXIO", "ENOENT", "EIO"].includes(errorCode(error) ?? "")) throw error;
    }
  }
  return undefined;
}

/** Reads what there is, or gives `undefined` where nobody has pressed Enter yet. */
function tryRead(terminal: number, line: Buffer): number | undefined {
  try {
    return readSync(terminal, line);
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return undefined;
    // The terminal has hung up.
    if (errorCode(error) === "EIO") return 0;
    throw error;
  }
}

/**
 * Reads one line without its line break; at the end of input an empty one.
 *
 * @param terminal Of {@link openDialogue}.
 * @throws The signal's reason when it is aborted.
 */
export async function readLine(terminal: number, signal: AbortSignal): Promise<Buffer> {
  const line = Buffer.alloc(longestLine);
  try {
    let length: number | undefined;
    await pollUntil(
      Infinity,
      () => {
        length = tryRead(terminal, line);
        return length !== undefined;
      },
      signal,
    );
    const text = line.subarray(0, length);
    return Buffer.from(text.at(-1) === 0x0a ? text.subarray(0, -1) : text);
  } finally {
    line.fill(0);
  }
}
