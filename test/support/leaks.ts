import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSwaps } from "../../src/facts/swaps.ts";
import { readMountInfo } from "../../src/linux/mount-info.ts";

/** What tells that something on the machine belongs to one test file, whatever else runs at the same time. */
export interface Belongings {
  /** Directories that it has made. */
  readonly directories: readonly string[];
  /** A directory for temporary files that it alone is told of. */
  readonly temporaryDirectory: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It has ended, or is not there.
    return "";
  }
}

function list(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => path === directory || path.startsWith(`${directory}/`));
}

/** The loop devices over files of the test. */
function loopDevices(directories: readonly string[]): { name: string; file: string }[] {
  return list("/sys/block")
    .map((name) => ({ name, file: read(`/sys/block/${name}/loop/backing_file`).trim() }))
    .filter(({ file }) => isBelow(file.replace(/ \(deleted\)$/, ""), directories));
}

/** State, parent and process group of a process (proc_pid_stat(5)); `undefined` when it has ended. */
function statusOf(pid: string): { state: string; parent: number; group: number } | undefined {
  const [, state, parent, group] = /\) (\S) (\d+) (\d+) /.exec(read(`/proc/${pid}/stat`)) ?? [];
  if (state === undefined) return undefined;
  return { state, parent: Number(parent), group: Number(group) };
}

/**
 * The processes of the test that run still: their numbers and command lines. They are its children, those of them that
 * have lost their parent, and whoever was told of one of its directories.
 */
export function leakedProcesses({ directories }: Belongings): string[] {
  const group = statusOf(String(process.pid))?.group;
  return list("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const status = statusOf(pid);
      if (status === undefined || /[ZX]/.test(status.state)) return [];
      const words = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
      const isOrphan = status.parent === 1 && status.group === group;
      const isOwn = directories.some((directory) => words.includes(directory));
      return status.parent === process.pid || isOrphan || isOwn ? [`process ${pid}: ${words}`] : [];
    });
}

/** All else that is left of the test: mounts, swap, loop devices, directories, temporary files. */
export function leakedThings({ directories, temporaryDirectory }: Belongings): string[] {
  const loops = loopDevices(directories);
  const nodes = loops.map(({ name }) => `/dev/${name}`);
  const isOwn = (path: string) =>
    isBelow(path, directories) ||
    nodes.some((node) => path === node || path.startsWith(`${node}p`));
  return [
    ...readMountInfo()
      .filter(({ target, source }) => isOwn(target) || isOwn(source))
      .map(({ target, source }) => `mount of ${source} on ${target}`),
    ...readSwaps()
      .filter((path) => isOwn(path))
      .map((path) => `swap on ${path}`),
    ...loops.map(({ name, file }) => `loop device /dev/${name} over ${file}`),
    ...directories.filter((path) => existsSync(path)).map((path) => `directory ${path}`),
    ...list(temporaryDirectory).map((name) => `temporary file ${join(temporaryDirectory, name)}`),
  ];
}
