import { calls, checkResult, cString } from "./libc.ts";

/** Flags of mount(2), from the kernel's `include/uapi/linux/mount.h`. */
export const mountFlags = {
  readOnly: 1,
  noSuid: 2,
  noDev: 4,
  noExec: 8,
  remount: 32,
  bind: 4096,
  move: 8192,
  recursive: 16384,
  private: 1 << 18,
  slave: 1 << 19,
} as const;

/** Flags of umount2(2). */
export const unmountFlags = { none: 0, detach: 2 } as const;

/**
 * mount(2). `source`, `type` and `data` may be `undefined` where the call ignores them.
 *
 * @throws {SystemCallError}
 *
 * @example
 * ```ts
 * mount("/dev", "/mnt/dev", undefined, mountFlags.bind | mountFlags.recursive);
 * mount(undefined, "/mnt/dev", undefined, mountFlags.slave | mountFlags.recursive);
 * ```
 */
export function mount(
  source: string | undefined,
  target: string,
  type: string | undefined,
  flags: number,
  data?: string,
): void {
  const result = calls.mount(
    cString(source ?? "none"),
    cString(target),
    type === undefined ? null : cString(type),
    flags,
    data === undefined ? null : cString(data),
  );
  checkResult(`mount ${source ?? "none"} on ${target}`, result);
}

/** umount2(2): one mount, the topmost at `target`. @throws {SystemCallError} */
export function unmount(target: string, flags: number = unmountFlags.none): void {
  checkResult(`umount ${target}`, calls.umount2(cString(target), flags));
}
