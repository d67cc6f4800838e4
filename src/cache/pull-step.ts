import { join } from "node:path";
import { syncFileSystem } from "../linux/sync.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { registerPaths } from "../store/target-store.ts";
import { formatSize } from "../values/size.ts";
import type { Closure } from "./closure.ts";
import { filesForPull } from "./kept-files.ts";
import { pullClosure } from "./pull.ts";

/**
 * Pulls a closure into the target's store and registers it. One step, because a path is worth nothing, to Nix and to
 * a second run, before it is registered.
 */
export interface PullStep extends StepData {
  readonly kind: "pull";
  /** `pull`, and `pull/2` where a part of the closure must wait for what Nix copies. */
  readonly id: string;
  /** Where the target is mounted. */
  readonly root: string;
  readonly closure: Closure;
  /** Requests at once. */
  readonly connections: number;
  /** Whether equal files become links of one, as `auto-optimise-store` of nix.conf has it. */
  readonly autoOptimise: boolean;
}

/** {@link PullStep} */
export const pullStep: StepDefinition<PullStep> = {
  kind: "pull",
  reason: "cache",
  describe: ({ closure: { paths, downloadSize, narSize } }) =>
    `Pull ${paths.length} store paths (${formatSize(downloadSize)} to download, ${formatSize(narSize)} unpacked)`,
  commands: () => [],
  details: ({ closure }) => closure.substituters.map((substituter) => `from ${substituter}`),
  run: async ({ root, closure, connections, autoOptimise }, context) => {
    const report = await pullClosure({
      closure,
      root,
      connections,
      autoOptimise,
      signal: context.signal,
      onProgress: context.progress,
      log: context.log,
      files: filesForPull(),
    });
    const { fetched, kept, downloaded } = report;
    context.log(
      "debug",
      `${fetched} paths fetched (${formatSize(downloaded)}), ${kept} were there already`,
    );
    // The files first: a path must not be called valid before its contents are sure to be on the disk.
    const sync = seconds(() => syncFileSystem(join(root, "nix/store")));
    const register = seconds(() =>
      registerPaths(root, closure.paths, Math.floor(Date.now() / 1000)),
    );
    if (report.profile !== undefined) context.profile({ ...report.profile, sync, register });
  },
};

/** How long something takes. */
function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}
