import { closeSync, openSync } from "node:fs";
import { calls, checkResult } from "./libc.ts";

/**
 * syncfs(2): everything written to the file system that holds `path` is on its disk when this returns.
 *
 * @throws {SystemCallError}
 */
export function syncFileSystem(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    checkResult(`syncfs ${path}`, calls.syncfs(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** sync(2): everything written to any file system is on its disk when this returns. */
export function syncAll(): void {
  calls.sync();
}
