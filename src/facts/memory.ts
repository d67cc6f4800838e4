import { readFileSync } from "node:fs";
import type { Memory } from "./facts.ts";

/** The memory of this machine, as the kernel tells it now. */
export function readMemory(): Memory {
  return parseMemory(readFileSync("/proc/meminfo", "utf8"));
}

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
