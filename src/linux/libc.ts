import { dlopen, FFIType, read } from "bun:ffi";
import { constants } from "node:os";
import { InstallerError } from "../errors.ts";

const { i32, i64, u64, ptr, cstring } = FFIType;

/**
 * The C library of the live system. Only calls that Bun itself does not offer; each takes C strings as buffers that end
 * in NUL (see {@link cString}).
 */
const libc = dlopen("libc.so.6", {
  mount: { args: [ptr, ptr, ptr, u64, ptr], returns: i32 },
  umount2: { args: [ptr, i32], returns: i32 },
  unshare: { args: [i32], returns: i32 },
  chroot: { args: [ptr], returns: i32 },
  syncfs: { args: [i32], returns: i32 },
  sync: { args: [], returns: FFIType.void },
  flock: { args: [i32, i32], returns: i32 },
  lseek: { args: [i32, i64, i32], returns: i64 },
  pipe2: { args: [ptr, i32], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  tcgetattr: { args: [i32, ptr], returns: i32 },
  tcsetattr: { args: [i32, i32, ptr], returns: i32 },
  tcflush: { args: [i32, i32], returns: i32 },
  socket: { args: [i32, i32, i32], returns: i32 },
  ioctl: { args: [i32, u64, ptr], returns: i32 },
  chdir: { args: [ptr], returns: i32 },
  fchdir: { args: [i32], returns: i32 },
  /** syscall(2), for pivot_root(2) and memfd_create(2), which glibc does not wrap, or not in every version. */
  syscall: { args: [i64, ptr, ptr], returns: i64 },
  __errno_location: { args: [], returns: ptr },
  strerror: { args: [i32], returns: cstring },
});

/** A system call that failed, with the kernel's own word for it. */
export class SystemCallError extends InstallerError {
  /** The error's name, such as `EBUSY`, or `errno 123` for one that Node does not name. */
  readonly code: string;

  constructor(call: string, errno: number) {
    const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
    super("bug", `${call}: ${String(libc.symbols.strerror(errno))}`);
    this.name = "SystemCallError";
    this.code = name ?? `errno ${errno}`;
  }
}

/** The text as C wants it. Throws when it holds a NUL. */
export function cString(text: string): Buffer {
  if (text.includes("\0")) {
    throw new InstallerError("bug", `a NUL byte in ${JSON.stringify(text)}`);
  }
  return Buffer.from(`${text}\0`);
}

/** The errno of the last call that failed in this thread. */
export function errorNumber(): number {
  const location = libc.symbols.__errno_location();
  return location === null ? 0 : read.i32(location, 0);
}

/** Turns the result of a libc call into an exception when it is negative; `call` describes it: `mount(proc, /mnt)`. */
export function checkResult(call: string, result: number | bigint): void {
  if (result < 0) throw new SystemCallError(call, errorNumber());
}

/** The raw calls; the modules beside this one give them types and errors. */
export const calls = libc.symbols;
