import type { CommonFileSystemTable } from "../../../../src/disk/file-systems/file-system-type.ts";
import { noProgress } from "../../../../src/disk/progress.ts";
import type { PlanContext, PlannedDevice } from "../../../../src/disk/storage-object.ts";
import { InstallerError } from "../../../../src/errors.ts";
import type { Facts, Signature } from "../../../../src/facts/facts.ts";
import { emptyDisk, machineFacts } from "../../plan/inputs.ts";

export const GiB = 2 ** 30;

/** A partition of `/dev/vda`, as a disk gives it: `main.p1` is `/dev/vda1`. */
export function partition(number: number, more: Partial<PlannedDevice> = {}): PlannedDevice {
  return {
    reference: `main.p${number}`,
    path: `/dev/vda${number}`,
    size: 4 * GiB,
    sectorSize: 512,
    seed: "host",
    disks: ["/dev/vda"],
    kept: false,
    made: false,
    isEfiSystemPartition: false,
    ...more,
  };
}

/** A machine whose disk has partitions with these signatures. */
export function machineWith(...signatures: readonly Omit<Signature, "size">[]): Facts {
  const disk = {
    ...emptyDisk,
    partitions: [1, 2, 3].map((number) => ({
      path: `/dev/vda${number}`,
      number,
      size: 4 * GiB,
      start: number * 4 * GiB,
    })),
    signatures: signatures.map((signature) => ({ ...signature, size: 4 * GiB })),
  };
  return { ...machineFacts, disks: [disk], versions: { "mkfs.btrfs": "6.2", "mkfs.xfs": "6.1.0" } };
}

/** What a storage object is planned with. */
export function planContext(
  devices: readonly PlannedDevice[],
  facts: Facts = machineWith(),
  fileSystems: readonly CommonFileSystemTable[] = [],
  ownDisks: readonly string[] = [],
): PlanContext {
  return {
    facts,
    ownDisks,
    progress: noProgress,
    device: (reference) => {
      const found = devices.find((device) => device.reference === reference);
      if (found === undefined) throw new Error(`no device ${reference}`);
      return found;
    },
    fileSystemsOn: (reference) => fileSystems.filter(({ device }) => device === reference),
    identifierSeed: () => "host",
  };
}

/** The refusal that planning ends with, as its message and what it is about. */
export function refusal(plan: () => unknown): string {
  try {
    plan();
  } catch (error) {
    if (error instanceof InstallerError && error.reason === "refused") {
      return `${error.object}: ${error.message}`;
    }
    throw error;
  }
  return "accepted";
}
