import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The memory of one process, in bytes. */
interface ProcessMemory {
  readonly pid: number;
  /** The program's file. */
  readonly program: string;
  readonly anonymous: number;
  /** Resident pages of mapped files. */
  readonly file: number;
  /** Resident pages of shared memory and of files in a tmpfs that are mapped. */
  readonly shared: number;
  readonly highWater: number;
}

/** The memory of all processes of a tree at one moment, in bytes. */
export interface TreeMemory {
  /** What they have together; nothing is counted twice. */
  readonly total: number;
  /** The sum of their high-water marks. */
  readonly bound: number;
}

/** All descendants of a process, not itself. Those that end meanwhile may be missing. */
export function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

/**
 * The memory of some processes.
 *
 * From `/proc/PID/status`, which takes no lock that the process needs. Only where that sum is above `peak` and programs
 * run in several processes, which may be forks that share their pages, `smaps_rollup` tells how much of it is shared.
 *
 * @param peak Bytes; sums below need not be exact.
 */
export function treeMemory(pids: readonly number[], peak: number): TreeMemory {
  const processes = distinct(pids.flatMap((pid) => processMemory(pid) ?? []));
  const bound = sum(processes.map(({ highWater }) => highWater));
  const programs = Map.groupBy(processes, ({ program }) => program);
  const files = sum(
    [...programs.values()].map((group) => Math.max(...group.map(({ file }) => file))),
  );
  const total = files + sum(processes.map(({ anonymous, shared }) => anonymous + shared));
  if (total <= peak || processes.length === programs.size) return { total, bound };
  return { total: files + sum(processes.map(proportionalMemory)), bound };
}

/**
 * Without processes that have the same memory as another: a child between vfork(2) and execve(2) runs in its parent's,
 * and one right after fork(2) has not changed any of it.
 */
function distinct(processes: readonly ProcessMemory[]): ProcessMemory[] {
  const key = (one: ProcessMemory) =>
    [one.program, one.anonymous, one.file, one.shared, one.highWater].join("\0");
  return [...new Map(processes.map((one) => [key(one), one])).values()];
}

/** Reads what the kernel counts for a process; undefined when it has ended. */
function processMemory(pid: number): ProcessMemory | undefined {
  return ifAlive(() => {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return {
      pid,
      program: readlinkSync(`/proc/${pid}/exe`),
      anonymous: kibibytes(status, "RssAnon"),
      file: kibibytes(status, "RssFile"),
      shared: kibibytes(status, "RssShmem"),
      highWater: kibibytes(status, "VmHWM"),
    };
  });
}

/** The anonymous and shared memory of a process, each page divided by the processes that have it. */
function proportionalMemory({ pid }: ProcessMemory): number {
  const rollup = ifAlive(() => readFileSync(`/proc/${pid}/smaps_rollup`, "latin1")) ?? "";
  return kibibytes(rollup, "Pss_Anon") + kibibytes(rollup, "Pss_Shmem");
}

/** The children of all threads of a process; those that end meanwhile may be missing (proc(5), CONFIG_PROC_CHILDREN). */
export function children(pid: number): number[] {
  const threads = ifAlive(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return threads.flatMap((thread) => {
    const list = ifAlive(() => readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1"));
    return (list ?? "").split(" ").filter(Boolean).map(Number);
  });
}

/** A line such as `RssAnon:     116 kB`, in bytes; 0 where it is missing, as for a process that is ending. */
function kibibytes(text: string, name: string): number {
  const value = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
  return Number(value ?? 0) * 1024;
}

/** What is read, or undefined when the process or thread has ended. */
function ifAlive<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
