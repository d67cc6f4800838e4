import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../run/step.ts";
import type { ExpectedPath } from "../store/verify-path.ts";
import { temporaryLinkPrefix } from "./sweep-links.ts";
import type { PullWorker } from "./worker-pool.ts";

/** Damaged paths that are named in the log. */
const namedPaths = 10;

/** A store path, and what its contents should be. */
export interface NamedPath extends ExpectedPath {
  /** `/nix/store/<hash>-<name>` */
  readonly storePath: string;
}

/** What {@link verifyPaths} needs. */
export interface VerifyOptions<Path> {
  /** The target's store directory. */
  readonly storeDirectory: string;
  readonly workers: readonly PullWorker[];
  /** Whether a path is registered, so that it should be right. */
  readonly isRegistered: (path: Path) => boolean;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly log: (level: "debug" | "info" | "warning", message: string) => void;
}

/** What of a store's paths is as it should be. */
export interface VerifiedPaths<Path> {
  /** Those that are not, in the order in which they came. */
  readonly wrong: readonly Path[];
  /** Those of {@link wrong} that were registered all the same. */
  readonly damaged: number;
  /** Paths in which modes, owners or times were put right, and nothing else was wrong. */
  readonly corrected: number;
  /** Bytes of NARs that were compared. */
  readonly bytes: number;
  /** By the clock on the wall. */
  readonly seconds: number;
}

/**
 * Compares paths that are in a store with their NAR hashes, in several threads at once, and puts right what the hash does
 * not tell. Then `.links` is put in order, so that nothing is linked to what is wrong.
 *
 * @param paths What is there, right or not.
 * @throws {InstallerError} with reason `disk`.
 */
export async function verifyPaths<Path extends NamedPath>(
  paths: readonly Path[],
  options: VerifyOptions<Path>,
): Promise<VerifiedPaths<Path>> {
  const { storeDirectory, workers, isRegistered, log } = options;
  const started = performance.now();
  const problems = new Map<NamedPath, string>();
  const suspects = new Set<number>();
  let [bytes, corrected, done] = [0, 0, 0];
  // The largest first, so that no worker is left with a long one at the end.
  const waiting = paths.toSorted((one, other) => one.narSize - other.narSize);
  const tell = (current: readonly string[]) => {
    const part = "paths verified";
    options.onProgress?.({ done, total: paths.length, unit: "items", part, current });
  };
  const underWay = new Set<string>();
  const work = async (worker: PullWorker) => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      underWay.add(path.storePath);
      tell([...underWay]);
      const verdict = await worker.verify(path);
      underWay.delete(path.storePath);
      done++;
      bytes += verdict.bytes;
      if (verdict.corrected > 0) corrected++;
      if (verdict.problem === undefined) continue;
      problems.set(path, verdict.problem);
      for (const inode of verdict.linked) suspects.add(inode);
    }
  };
  await Promise.all(workers.map(work));
  if (paths.length > 0) tell([]);
  const [first] = workers;
  if (first !== undefined && hasLinks(storeDirectory)) {
    const unsound = await first.sweep(suspects);
    if (unsound > 0) log("warning", `${unsound} files in .links were damaged and are removed`);
  }
  const wrong = paths.filter((path) => problems.has(path));
  const damaged = wrong.filter(isRegistered);
  tellOfDamage(damaged, problems, log);
  for (const path of wrong) {
    if (!isRegistered(path)) log("debug", `${path.storePath} ${problems.get(path)}: half-written`);
  }
  const seconds = (performance.now() - started) / 1000;
  return { wrong, damaged: damaged.length, corrected, bytes, seconds };
}

/** What is registered was once said to be on the disk, whole: somebody should know that it is not. */
function tellOfDamage(
  damaged: readonly NamedPath[],
  problems: ReadonlyMap<NamedPath, string>,
  log: VerifyOptions<NamedPath>["log"],
): void {
  for (const path of damaged.slice(0, namedPaths)) {
    log("warning", `${path.storePath} is damaged and is fetched anew: it ${problems.get(path)}`);
  }
  const more = damaged.length - namedPaths;
  if (more > 0) log("warning", `${more} more store paths are damaged and are fetched anew`);
}

/** Whether there are links of equal files, or what an attempt to make some has left. */
function hasLinks(storeDirectory: string): boolean {
  const links = join(storeDirectory, ".links");
  if (existsSync(links) && readdirSync(links).length > 0) return true;
  return readdirSync(storeDirectory).some((name) => name.startsWith(temporaryLinkPrefix));
}
