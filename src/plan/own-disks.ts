import { chooseDisk } from "../disk/safety/choose.ts";
import { formatContents } from "../disk/safety/disk-tree.ts";
import { isBlank } from "../disk/safety/refuse.ts";
import { type OwnDisk, openOn } from "../disk/wiping/close-open.ts";
import { InstallerError } from "../errors.ts";
import type { Disk } from "../facts/facts.ts";
import { planMachine } from "./make-plan.ts";
import type { MachineInputs } from "./preflight/inputs.ts";

/** The nodes of the partitions of a table that is kept which the manifest uses. */
function usedPartitions(disk: Disk, inputs: MachineInputs): readonly string[] {
  const devices = [...(planMachine(inputs).storage?.devices.values() ?? [])].map(
    ({ path }) => path,
  );
  return disk.partitions.map(({ path }) => path).filter((path) => devices.includes(path));
}

/** Why what is open on a disk is not closed. */
function refuse(name: string, message: string, hint?: string): InstallerError {
  return new InstallerError("refused", message, {
    object: `disk.${name}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** @throws {InstallerError} `refused` where something uses the disk that is not the install's. */
function checkUse(own: OwnDisk, root: string): void {
  const { name, disk } = own;
  if (disk.liveUse !== undefined) {
    throw refuse(name, `the live system runs from ${disk.path} (${disk.liveUse})`);
  }
  for (const { kind, device, name: what } of openOn([own])) {
    if (kind === "mount" && what !== root && !what.startsWith(`${root}/`)) {
      throw refuse(
        name,
        `${device} is mounted on ${what}, which is not below ${root}: nothing was closed`,
        "Unmount it, or name the directory with --root.",
      );
    }
    if (kind === "exclusive-open" || kind === "block-device") {
      throw refuse(
        name,
        `${device} is in use and cannot be closed\n${formatContents(disk)}`,
        "End what uses it: look with `lsof` or `fuser`, also in other mount namespaces (containers).",
      );
    }
  }
}

/**
 * The disks of a manifest that carry what an earlier run of it made, with what of them is its own. Pure.
 *
 * @param inputs The machine; `root` without symbolic links.
 * @throws {InstallerError} `refused` for a disk that carries something else, or that something else uses.
 */
export function ownDisks(inputs: MachineInputs): readonly OwnDisk[] {
  const { manifest, facts, root } = inputs;
  const { progress } = planMachine(inputs);
  return Object.entries(manifest.disk).flatMap(([name, table]) => {
    const chosen = chooseDisk(name, table, facts);
    if ("finding" in chosen) throw refuse(name, chosen.finding.message, chosen.finding.hint);
    const { disk } = chosen;
    if (!progress.disks.includes(disk.path)) {
      if (isBlank(disk) && disk.holders.length === 0) return [];
      throw refuse(
        name,
        `${disk.path} carries nothing that this manifest made: nothing was closed\n${formatContents(disk)}`,
        "Close by hand what is open there.",
      );
    }
    const partitions = usedPartitions(disk, inputs);
    const own = { name, disk, ...(table.table === "keep" ? { partitions } : {}) };
    checkUse(own, root);
    return [own];
  });
}
