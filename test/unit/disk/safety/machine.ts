import type { Disk, Facts } from "../../../../src/facts/facts.ts";
import { machineFacts } from "../../plan/inputs.ts";

export const GiB = 2 ** 30;

/** A blank disk of 20 GiB, with anything else about it. */
export function disk(path: string, more: Partial<Disk> = {}): Disk {
  return {
    path,
    size: 20 * GiB,
    logicalSectorSize: 512,
    physicalSectorSize: 512,
    readOnly: false,
    removable: false,
    rotational: false,
    links: [],
    partitions: [],
    holders: [],
    signatures: [],
    ...more,
  };
}

/** A machine with these disks. */
export function machine(...disks: Disk[]): Facts {
  return {
    ...machineFacts,
    firmware: { kind: "bios" },
    memory: { total: GiB, available: GiB },
    liveSystem: { id: "debian", name: "Debian", kernel: "6.1.0", rootType: "overlay", udev: true },
    disks,
    tools: {},
    versions: {},
    mappings: [],
    missingKernelModules: [],
  };
}
