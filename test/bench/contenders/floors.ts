import { makeArchive, pathList } from "../closure/archives.ts";
import { archivePath, readIntoMemory } from "../server.ts";
import type { Contender } from "./contender.ts";

/** Programs that read an archive with one thread. */
const decompressors = { zstd: ["zstd", "-qdc"], xz: ["xz", "-dcT1"] } as const;

const pipeline = 'url=$1 target=$2; shift 2; curl -sSf "$url" | "$@" | tar -C "$target" -xf -';

/** One archive of the closure, through `curl | zstd | tar` or `curl | xz | tar`. */
export const archiveContender: Contender = {
  name: "archive",
  label: "curl | zstd or xz | tar",
  registers: false,
  prepare: async (closure, compression, progress) => {
    if (compression === "none") throw new Error("there is no archive without compression");
    await readIntoMemory(await makeArchive(closure, compression, progress));
  },
  command: async ({ compression, server, target }) => {
    if (compression === "none") throw new Error("there is no archive without compression");
    const url = `${server}${archivePath(compression)}`;
    const shell = ["bash", "-euo", "pipefail", "-c", pipeline, "archive"];
    return [...shell, url, target, ...decompressors[compression]];
  },
};

const copyScript = 'mkdir -p "$3/nix/store"; cd "$1"; xargs -a "$2" cp -a -t "$3/nix/store"';

/** `cp -a` of the closure's paths from a store on this machine that is in memory. */
export const copyContender: Contender = {
  name: "cp",
  label: "cp -a",
  registers: false,
  prepare: async (closure) => {
    await pathList(closure);
    for (const path of closure.storePaths) await readIntoMemory(`${closure.directory}${path}`);
  },
  command: async ({ closure, target }) => {
    const { directory } = closure;
    return ["sh", "-euc", copyScript, "copy", directory, await pathList(closure), target];
  },
};
