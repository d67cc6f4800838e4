import { calls, checkResult } from "./libc.ts";

/** TCIFLUSH of tcflush(3): what was received but not read. */
const received = 0;

/**
 * Drops what was typed on a terminal and not read yet.
 *
 * @param descriptor Of the terminal.
 * @throws {SystemCallError} with the code `ENOTTY` when it is none.
 */
export function dropTypedAhead(descriptor: number): void {
  checkResult("tcflush", calls.tcflush(descriptor, received));
}
