import { dlopen, FFIType } from "bun:ffi";

const { i32, ptr, u64 } = FFIType;

const libc = dlopen("libc.so.6", {
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  getrusage: { args: [i32, ptr], returns: i32 },
  waitpid: { args: [i32, ptr, i32], returns: i32 },
}).symbols;

const PR_SET_CHILD_SUBREAPER = 36;
const RUSAGE_CHILDREN = -1;
const WNOHANG = 1;

/** Makes this process the parent of every descendant whose own parent ends (prctl(2), PR_SET_CHILD_SUBREAPER). */
export function adoptOrphans(): void {
  if (libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) {
    throw new Error("prctl(PR_SET_CHILD_SUBREAPER) failed");
  }
}

/** Lets adopted children that have ended go, so that nobody takes them for alive (waitpid(2), WNOHANG). */
export function reapEnded(pids: readonly number[]): void {
  for (const pid of pids) libc.waitpid(pid, null, WNOHANG);
}

/** Waits until all children have ended, also adopted ones, and tells how many there were (waitpid(2)). */
export function reapChildren(): number {
  let reaped = 0;
  while (libc.waitpid(-1, null, 0) > 0) reaped++;
  return reaped;
}

/** Seconds of CPU of all descendants that have ended and were waited for (getrusage(2), RUSAGE_CHILDREN). */
export function childrenCpu(): { readonly user: number; readonly system: number } {
  // struct rusage: two struct timeval, each of seconds and microseconds, and fourteen longs.
  const usage = new BigInt64Array(18);
  if (libc.getrusage(RUSAGE_CHILDREN, usage) !== 0) throw new Error("getrusage failed");
  const [userSeconds, userMicroseconds, systemSeconds, systemMicroseconds] = usage;
  return {
    user: Number(userSeconds) + Number(userMicroseconds) / 1e6,
    system: Number(systemSeconds) + Number(systemMicroseconds) / 1e6,
  };
}
