import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Progress } from "../system/run.ts";
import { type BenchClosure, runInStore } from "./closure/build.ts";
import type { Contender } from "./contenders/contender.ts";

const targetInside = "/mnt/target";

/** The paths of a closure that are not in a target's store. */
async function missingPaths({ storePaths }: BenchClosure, target: string): Promise<string[]> {
  const there = new Set(await readdir(join(target, "nix/store")));
  return storePaths.filter((path) => !there.has(basename(path)));
}

/** @throws Error unless every path of the closure has an entry in the target's store. */
export async function checkComplete(closure: BenchClosure, target: string): Promise<void> {
  const missing = await missingPaths(closure, target);
  if (missing.length === 0) return;
  throw new Error(`${missing.length} paths are missing, such as ${missing[0]}`);
}

/**
 * Has Nix read every byte of a target's store and compare it with what is registered: by the contender, or, for one
 * that registers nothing, by the store that the closure was built in.
 *
 * @throws Error with what Nix says, or if Nix knows of another number of paths than the closure has.
 */
export async function verifyContents(
  closure: BenchClosure,
  { registers }: Contender,
  target: string,
  progress: Progress,
): Promise<void> {
  const inTarget = [{ from: target, to: targetInside }];
  const nix = (script: string) =>
    runInStore(
      closure.directory,
      ["sh", "-euc", script, "verify", closure.toplevel],
      progress,
      inTarget,
    );
  const store = `--store "local?root=${targetInside}"`;
  if (!registers) {
    await nix(`nix-store --dump-db $(nix-store -qR "$1") | nix-store --load-db ${store}`);
  }
  await nix(`nix-store --verify --check-contents ${store}`);
  const valid = (await nix(`nix path-info --all ${store}`))
    .split("\n")
    .filter((line) => line !== "");
  if (valid.length === closure.storePaths.length) return;
  throw new Error(
    `${valid.length} paths are valid, ${closure.storePaths.length} were to be copied`,
  );
}
