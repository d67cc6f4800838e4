import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** A process that keeps a directory busy. */
export interface OpenFile {
  readonly pid: number;
  /** The process's name, from `/proc/PID/comm`. */
  readonly command: string;
  /** The file it has open, mapped, as its root or working directory. */
  readonly path: string;
}

async function linkTargets(links: readonly string[]): Promise<string[]> {
  const targets = await Promise.all(links.map((link) => readlink(link).catch(() => "")));
  return targets.filter((target) => target.startsWith("/"));
}

/** The files that are mapped, from the text of `/proc/PID/maps` (proc_pid_maps(5)). */
function mappedFiles(maps: string): string[] {
  return maps.split("\n").flatMap((line) => {
    const path = line.indexOf(" /");
    return path === -1 ? [] : [line.slice(path + 1)];
  });
}

async function openPaths(process: string): Promise<string[]> {
  const descriptors = await readdir(join(process, "fd")).catch(() => []);
  const links = [
    join(process, "cwd"),
    join(process, "root"),
    join(process, "exe"),
    ...descriptors.map((name) => join(process, "fd", name)),
  ];
  const maps = await readFile(join(process, "maps"), "utf8").catch(() => "");
  return [...(await linkTargets(links)), ...mappedFiles(maps)];
}

/**
 * The processes that have something open at or below a directory, as fuser(1) finds them: one entry per process. Ends
 * of processes in between are no error.
 */
export async function openFilesBelow(directory: string): Promise<OpenFile[]> {
  const found: OpenFile[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const process = join("/proc", name);
    const path = (await openPaths(process)).find(
      (open) => open === directory || open.startsWith(`${directory}/`),
    );
    if (path === undefined) continue;
    const command = (await readFile(join(process, "comm"), "utf8").catch(() => "")).trim();
    found.push({ pid: Number(name), command, path });
  }
  return found;
}
