import type { StepData, StepDefinition } from "../run/step.ts";
import { removeStaleStore } from "../store/portable/stale-store.ts";
import { formatSize } from "../values/size.ts";
import type { Closure } from "./closure.ts";
import { filesForPull } from "./kept-files.ts";
import type { PullReport } from "./pull.ts";
import { pullAndRegister } from "./pull-and-register.ts";

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
    await removeStaleStore(root);
    const report = await pullAndRegister({
      closure,
      root,
      connections,
      autoOptimise,
      signal: context.signal,
      onProgress: context.progress,
      log: context.log,
      files: filesForPull(),
    });
    // What was found there is worth a word; a store that was empty is what everybody expects.
    context.log(report.kept + report.redone === 0 ? "debug" : "info", describePull(report));
    if (report.profile !== undefined) context.profile(report.profile);
  },
};

/** What a pull did, in one line. */
function describePull(report: Omit<PullReport, "profile">): string {
  const { kept, verified, fetched, downloaded, redone, mended, corrected } = report;
  const redoneOfThem = [
    ...(mended > 0 ? [`${mended} in the place of damaged ones`] : []),
    ...(redone > mended ? [`${redone - mended} in the place of half-written ones`] : []),
  ];
  return [
    `${kept} paths kept (${formatSize(verified)} verified)`,
    ...(corrected > 0 ? [`modes or times of ${corrected} put right`] : []),
    `${fetched} fetched (${formatSize(downloaded)})${redoneOfThem.length > 0 ? ", of them " : ""}${redoneOfThem.join(" and ")}`,
  ].join(", ");
}
