import type { Closure, ClosurePath } from "../../../src/cache/closure.ts";
import { outcomeOf } from "../../../src/disk/objects/index.ts";
import { unfinishedLayout } from "../../../src/disk/partitioning/unfinished.ts";
import type { Disk, Facts } from "../../../src/facts/facts.ts";
import { parsePartitionTable } from "../../../src/facts/partition-table.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { planDocument } from "../../../src/plan/document/plan-document.ts";
import type { PlanDocument } from "../../../src/plan/document/schema.ts";
import { makePlan, planMachine } from "../../../src/plan/make-plan.ts";
import type { SystemInfo } from "../../../src/system-info/system-info.ts";
import { matchingSystem } from "../../support/matching-system.ts";
import { withTable, writtenTable } from "../../support/written-table.ts";
import type { LayoutName } from "../../system/layouts.ts";
import { layoutManifest } from "../../vm/layouts/fill-in.ts";
import { layouts } from "../../vm/layouts/layouts.ts";
import { emptyDisk, machineFacts } from "./inputs.ts";

const toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05";
const cache = "https://cache.example.org/";
const MiB = 2 ** 20;
const GiB = 2 ** 30;

function closurePath(storePath: string, narSize: number, references: string[]): ClosurePath {
  return {
    storePath,
    narUrl: `${cache}nar/${storePath.slice(11, 43)}.nar.zst`,
    substituter: cache,
    compression: "zstd",
    fileSize: Math.floor(narSize / 3),
    narHash: "sha256:1b0ri5lsf45dknj8bfxi1syz35kwxjnhrmzmxxhl3dshnkqa8s9v",
    narSize,
    references,
    signatures: [],
  };
}

const libc = "/nix/store/vm1m3bd8qm3d0j3b7skqzxwz6fvk0h1k-glibc-2.42";
const kernel = "/nix/store/1wv2sbp0yb0mwxqf3ls8gv5xyz0bgw2j-linux-6.18";

/** A closure of three paths. */
export const closure: Closure = {
  toplevel,
  substituters: [cache],
  paths: [
    closurePath(libc, 31_457_280, [libc]),
    closurePath(kernel, 62_914_560, []),
    closurePath(toplevel, 6_144, [libc, kernel]),
  ],
  downloadSize: 31_459_328,
  narSize: 94_377_984,
};

/** The disks of a layout as a live system of the rig shows them: empty, with these serial numbers and links. */
function disksOf(name: LayoutName): Disk[] {
  const list = layouts[name].disks ?? [{ name: "main", size: 2048 }];
  return list.map(({ name: disk, size, bus = "virtio", sectorSize = 512 }, index) => ({
    ...emptyDisk,
    path: bus === "nvme" ? "/dev/nvme0n1" : `/dev/vd${"abcdefgh"[index]}`,
    size: size * MiB,
    logicalSectorSize: sectorSize,
    physicalSectorSize: sectorSize,
    serial: `landfall-${disk}`,
    transport: bus,
    links: [`/dev/disk/by-id/${bus}-landfall-${disk}`],
  }));
}

/** The disk that a layout keeps, with a partition on it. */
function withArchive(disk: Disk): Disk {
  if (disk.serial !== "landfall-archive") return disk;
  const sfdisk = JSON.stringify({
    partitiontable: {
      label: "gpt",
      id: "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
      device: disk.path,
      unit: "sectors",
      firstlba: 2048,
      lastlba: 131038,
      sectorsize: 512,
      partitions: [
        {
          node: `${disk.path}1`,
          start: 2048,
          size: 126976,
          type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
          uuid: "6B29FC40-CA47-1067-B31D-00DD010662DA",
          name: "archive",
        },
      ],
    },
  });
  const table = parsePartitionTable(sfdisk, disk);
  const device = `${disk.path}1`;
  return {
    ...disk,
    partitions: [{ path: device, number: 1, start: MiB, size: 62 * MiB }],
    ...(table === undefined ? {} : { table }),
    signatures: [
      { device: disk.path, type: "gpt", size: disk.size },
      {
        device,
        type: "ext4",
        label: "archive",
        uuid: "9b2f8a54-7a0c-4c3e-8d8f-0d3b0f5f7a11",
        size: 62 * MiB,
      },
    ],
  };
}

/** The facts of a machine that a layout is for. */
function factsFor(name: LayoutName): Facts {
  const { firmware, withoutUdev } = layouts[name];
  return {
    ...machineFacts,
    firmware:
      firmware === "uefi" ? { kind: "uefi", bits: 64, efiVariables: "writable" } : { kind: "bios" },
    liveSystem: { ...machineFacts.liveSystem, udev: withoutUdev !== true },
    versions: { sfdisk: "2.38.1", "mkfs.ext4": "1.47.0" },
    disks: disksOf(name).map(withArchive),
  };
}

/**
 * The plan for a manifest on a machine and a system that fits both, as `installer plan` makes it.
 *
 * @param changes What of the system is otherwise.
 * @throws {RefusalError} with everything that speaks against it.
 */
export function planFor(
  text: string,
  facts: Facts,
  changes: Partial<SystemInfo> = {},
): PlanDocument {
  const { manifest, warnings } = parseManifest({ file: "host.toml", text });
  const system = { ...matchingSystem(manifest, facts, closure), ...changes };
  const inputs = {
    manifest,
    facts,
    system,
    observed: warnings,
    root: "/mnt",
    tarballSize: 20 * MiB,
  };
  return planDocument({ manifest, facts, system, plan: makePlan(inputs) });
}

/** What the placeholders of the layouts' manifests stand for. */
const values = {
  "@toplevel@": toplevel,
  "@substituter@": cache,
  "@public-key@": "cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
} as const;

/** What the system of a layout has other than most on that firmware: GRUB for both kinds, on one disk. */
const otherLoaders: Partial<Record<LayoutName, SystemInfo["loader"]>> = {
  "hybrid-grub": {
    loader: "grub",
    efiVariableUse: undefined,
    grub: [
      {
        bootPath: "/boot",
        devices: ["/dev/disk/by-id/virtio-landfall-main"],
        efiSysMountPoint: "/boot/efi",
        forBios: true,
        forUefi: true,
      },
    ],
  },
};

/**
 * The plan for a layout of the matrix.
 *
 * @param facts Those of a machine that it is for.
 */
export async function layoutPlan(
  name: LayoutName,
  facts: Facts = factsFor(name),
): Promise<PlanDocument> {
  const loader = otherLoaders[name];
  const text = await layoutManifest(name, values);
  return planFor(text, facts, loader === undefined ? {} : { loader });
}

/**
 * The machine that a layout is for, after a run that was broken off.
 *
 * @param isMade Whether everything on the disks was made by then.
 */
export async function factsAfterRun(name: LayoutName, isMade: boolean): Promise<Facts> {
  const facts = factsFor(name);
  const text = await layoutManifest(name, values);
  const { manifest } = parseManifest({ file: "host.toml", text });
  const { steps } = planMachine({ manifest, facts, root: "/mnt" }).storage ?? { steps: [] };
  const contents = steps.flatMap((step) => outcomeOf(step).contents);
  const disks = facts.disks.map((disk) => {
    const layout = steps.find(
      (step) => step.kind === "partition-table" && step.device === disk.path,
    );
    if (layout?.kind !== "partition-table" || layout.label === "none") return disk;
    const table = writtenTable(isMade ? layout : unfinishedLayout(layout), disk);
    const written = withTable(disk, table);
    const signatures = contents
      .filter(({ device }) => written.partitions.some(({ path }) => path === device))
      .map(({ device, type, uuid, label }) => ({
        device,
        type,
        size: GiB,
        ...(uuid === undefined ? {} : { uuid }),
        ...(label === undefined ? {} : { label }),
      }));
    return { ...written, signatures: [...(written.signatures ?? []), ...signatures] };
  });
  return { ...facts, disks };
}

export { values as manifestValues };
