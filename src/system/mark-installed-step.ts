import { version } from "../../package.json";
import { flushDisks } from "../disk/flush-devices.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { writeInstalledMark } from "./installed-mark.ts";

/** Marks the target as installed: a later run of the same manifest finds it finished. */
export interface MarkInstalledStep extends StepData {
  readonly kind: "mark-installed";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  /** The nodes of the whole disks that it lies on. */
  readonly disks: readonly string[];
}

/** {@link MarkInstalledStep} */
export const markInstalledStep: StepDefinition<MarkInstalledStep> = {
  kind: "mark-installed",
  reason: "system",
  describe: () => "Flush the disks and mark the system as installed",
  commands: () => [],
  run: async ({ root, toplevel, disks }) => {
    // Boot loaders write to disks and partitions past all file systems.
    await flushDisks(disks);
    const installedAt = new Date().toISOString();
    await writeInstalledMark(root, { version: 1, toplevel, installedAt, installer: version });
  },
};
