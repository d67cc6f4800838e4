import { exists, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../system/run.ts";
import { isCurrent, markCurrent } from "../../system/stamp.ts";
import { places } from "../places.ts";
import { type BenchClosure, closureInside, runInStore } from "./build.ts";

/** Compressions that caches come in, as `nix copy` names them. */
export const compressions = ["zstd", "xz", "none"] as const;

/** One of {@link compressions}. */
export type Compression = (typeof compressions)[number];

const keyName = "landfall-bench-1";

/** Where the key is seen in the root tree that builds. */
const keyInside = "/mnt/key";

/** Makes the key that signs the caches, once, and gives its public half, `name:base64`. */
async function signingKey(closure: BenchClosure, progress: Progress): Promise<string> {
  const publicKey = join(places.key, "public");
  if (!(await exists(publicKey))) {
    await mkdir(places.key, { recursive: true });
    const files = [`${keyInside}/secret`, `${keyInside}/public.unfinished`];
    const argv = ["nix-store", "--generate-binary-cache-key", keyName, ...files];
    await runInStore(closure.directory, argv, progress, [{ from: places.key, to: keyInside }]);
    await rename(join(places.key, "public.unfinished"), publicKey);
  }
  return (await readFile(publicKey, "utf8")).trim();
}

/** A signed binary cache. */
export interface BenchCache {
  readonly directory: string;
  /** `name:base64` */
  readonly publicKey: string;
}

/**
 * Copies a closure to a signed binary cache with `nix copy` at the compression's default level, as public caches have
 * it, once. The cache is complete or absent.
 */
export async function makeCache(
  closure: BenchClosure,
  compression: Compression,
  progress: Progress,
): Promise<BenchCache> {
  const publicKey = await signingKey(closure, progress);
  const directory = join(closure.directory, "caches", compression);
  const recipe = `${closure.toplevel} ${publicKey}`;
  if (!(await isCurrent(directory, recipe))) {
    progress(`closure ${closure.name}: copying to a cache, compression ${compression}`);
    const unfinished = `caches/${compression}.unfinished`;
    await rm(join(closure.directory, unfinished), { recursive: true, force: true });
    await mkdir(join(closure.directory, "caches"), { recursive: true });
    const settings = new URLSearchParams({ compression, "secret-key": `${keyInside}/secret` });
    const url = `file://${closureInside}/${unfinished}?${settings.toString()}`;
    const argv = ["nix", "copy", "--to", url, closure.toplevel];
    await runInStore(closure.directory, argv, progress, [{ from: places.key, to: keyInside }]);
    if (await exists(directory)) await rm(directory, { recursive: true });
    await markCurrent(join(closure.directory, unfinished), recipe);
    await rename(join(closure.directory, unfinished), directory);
  }
  return { directory, publicKey };
}
