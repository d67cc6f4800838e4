import { exists, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Progress, run } from "../../system/run.ts";
import type { BenchClosure } from "./build.ts";
import type { Compression } from "./caches.ts";

/** A compression that archives come in. */
export type ArchiveCompression = Exclude<Compression, "none">;

/** Threads only make it faster to write: it is one stream, that programs read with one thread if told to. */
const compressors = { zstd: "zstd -q -T0", xz: "xz -T0" } as const;

/** A file that names the closure's paths, one a line, relative to the folder that has `nix`. */
export async function pathList({ directory, storePaths }: BenchClosure): Promise<string> {
  const list = join(directory, "paths");
  await Bun.write(list, storePaths.map((path) => `${path.slice(1)}\n`).join(""));
  return list;
}

/** Packs a closure as one archive at the compression's default level, once, and gives the file. */
export async function makeArchive(
  closure: BenchClosure,
  compression: ArchiveCompression,
  progress: Progress,
): Promise<string> {
  const directory = join(closure.directory, "archives");
  const archive = join(directory, `store.tar.${compression}`);
  if (await exists(archive)) return archive;
  progress(`closure ${closure.name}: packing an archive, compression ${compression}`);
  await mkdir(directory, { recursive: true });
  const script = `tar -C "$1" -cf - --files-from="$2" | ${compressors[compression]} > "$3"`;
  const places = [closure.directory, await pathList(closure), `${archive}.unfinished`];
  await run(`packing ${archive}`, ["bash", "-euo", "pipefail", "-c", script, "pack", ...places]);
  await rename(`${archive}.unfinished`, archive);
  return archive;
}
