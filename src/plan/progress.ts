import { outcomeOf } from "../disk/objects/index.ts";
import { planStorage } from "../disk/plan-storage.ts";
import { type LayoutProgress, layoutProgress, noProgress } from "../disk/progress.ts";
import { chooseDisk } from "../disk/safety/choose.ts";
import type { Disk } from "../facts/facts.ts";
import { identifierSeed } from "./identifier-seed.ts";
import type { MachineInputs } from "./preflight/inputs.ts";

/** Whether there is nothing on a disk without a table but what has one of these identifiers. */
function carriesOnly(uuids: readonly (string | undefined)[], { partitions, signatures }: Disk) {
  if (partitions.length > 0 || signatures === undefined) return false;
  return signatures.every(({ uuid }) => uuid !== undefined && uuids.includes(uuid));
}

/**
 * The disks without a table on which a run that was broken off has made something: what is there has the identifiers
 * that this manifest gives.
 */
function disksWithoutTable(
  { manifest, facts, root }: MachineInputs,
  progress: LayoutProgress,
): readonly string[] {
  const bound = Object.entries(manifest.disk)
    .filter(([, { table }]) => table === "none")
    .flatMap(([name, table]) => {
      const chosen = chooseDisk(name, table, facts);
      return "disk" in chosen ? [chosen.disk] : [];
    });
  if (bound.length === 0) return [];
  const { steps } = planStorage({
    tables: manifest,
    facts,
    root,
    identifierSeed: (name, disk) => identifierSeed(manifest, name, disk),
    progress: { ...progress, disks: [...progress.disks, ...bound.map(({ path }) => path)] },
  });
  const contents = steps.flatMap((step) => outcomeOf(step).contents);
  return bound
    .filter((disk) => {
      const own = contents.filter(({ device }) => device === disk.path);
      return carriesOnly(
        own.map(({ uuid }) => uuid),
        disk,
      );
    })
    .map(({ path }) => path);
}

/** How far an earlier run of the same manifest has come, unless all is to begin anew. Pure. */
export function progressOf(inputs: MachineInputs): LayoutProgress {
  const { manifest, facts, reinstall = false } = inputs;
  if (reinstall) return noProgress;
  const progress = layoutProgress(manifest.disk, facts, (name, disk) =>
    identifierSeed(manifest, name, disk),
  );
  if (progress.state !== "unfinished") return progress;
  try {
    return { ...progress, disks: [...progress.disks, ...disksWithoutTable(inputs, progress)] };
  } catch {
    // What cannot be planned is told where it is planned.
    return progress;
  }
}
