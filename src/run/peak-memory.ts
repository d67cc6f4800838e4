import { readFileSync } from "node:fs";

/**
 * Most memory that this process ever had resident, all its threads together: bytes (`VmHWM` of proc_pid_status(5)); 0
 * where the kernel does not tell.
 */
export function peakMemory(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^VmHWM:\s*(?<kibibytes>\d+) kB$/m.exec(status)?.groups?.kibibytes ?? 0) * 1024;
}
