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
 * Reads what somebody types until Enter is pressed.
 *
 * @param terminal Of {@link openDialogue}.
 * @returns One line with its line break; without one where the input has ended.
 * @throws The signal's reason when it is aborted.
 */
export async function readTyped(terminal: number, signal: AbortSignal): Promise<Buffer> {
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
    return Buffer.from(line.subarray(0, length));
  } finally {
    line.fill(0);
  }
}

/** As {@link readTyped}, without the line break. */
export async function readLine(terminal: number, signal: AbortSignal): Promise<Buffer> {
  const typed = await readTyped(terminal, signal);
  // A view of the same memory: whoever erases the line has erased all.
  return typed.at(-1) === 0x0a ? typed.subarray(0, -1) : typed;
}
