import { calls, checkResult } from "./libc.ts";

const O_CLOEXEC = 0o2000000;

/**
 * pipe2(2), both ends closed on exec. Children that are handed the write end as standard output can reopen it as
 * `/dev/stdout`, which they cannot with the sockets that Bun gives them.
 *
 * @throws {SystemCallError}
 */
export function pipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const descriptors = new Int32Array(2);
  checkResult("pipe2", calls.pipe2(descriptors, O_CLOEXEC));
  return { readEnd: descriptors[0] ?? -1, writeEnd: descriptors[1] ?? -1 };
}
