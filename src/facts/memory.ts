import type { Memory } from "./facts.ts";

/**
 * Parses `/proc/meminfo` (proc_meminfo(5)), whose values are in KiB. Kernels before 3.14 have no `MemAvailable`; then
 * free memory and the page cache are taken for it.
 */
export function parseMemory(text: string): Memory {
  const bytes = (key: string) => {
    const value = new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  };
  return {
    total: bytes("MemTotal") ?? 0,
    available: bytes("MemAvailable") ?? (bytes("MemFree") ?? 0) + (bytes("Cached") ?? 0),
  };
}
