import { judgeDisks, type Refusal } from "../disk/safety/refuse.ts";
import type { PlannedDevice } from "../disk/storage-object.ts";
import type { Facts } from "../facts/facts.ts";
import type { Manifest } from "../manifest/schema.ts";
import { formatSize } from "../values/size.ts";
import { definitionOf, type Step } from "./plan.ts";

/** What was found before anything is written. */
export interface Findings {
  readonly refusals: readonly Refusal[];
  /** Things the user should know, though the install goes on. */
  readonly warnings: readonly string[];
}

/** What a file system needs beyond the files themselves: block rounding, inodes, the journal. */
const fileSystemOverhead = 1.1;

function partitionTypeOf(manifest: Manifest, reference: string): string | undefined {
  const [disk = "", partition] = reference.split(".");
  return manifest.disk[disk]?.partition.find(({ name }) => name === partition)?.type;
}

/** The firmware finds a boot loader only where it looks for one. */
function judgeFirmware(manifest: Manifest, facts: Facts): Refusal[] {
  if (facts.firmware.kind === "bios") {
    // Without UEFI only PCs have a BIOS; boards of other architectures start by U-Boot and the like.
    if (!/^(?:x86_64|i686)-/.test(facts.system)) return [];
    const hasBootPartition = Object.values(manifest.disk).some(({ partition }) =>
      partition.some(({ type }) => type === "bios-boot"),
    );
    if (hasBootPartition) return [];
    return [
      {
        object: "disk",
        message: "this machine started with BIOS firmware, but no disk has a BIOS boot partition",
        hint: 'Add a partition of 1MiB with type = "bios-boot", or start the live system with UEFI.',
      },
    ];
  }
  const hasEsp = Object.values(manifest.filesystem).some(
    (table) => "device" in table && partitionTypeOf(manifest, table.device) === "esp",
  );
  if (!hasEsp) {
    return [
      {
        object: "filesystem",
        message: "this machine started with UEFI firmware, but no EFI system partition is mounted",
        hint: 'Add a partition with type = "esp" and a vfat file system on it, such as filesystem."/boot".',
      },
    ];
  }
  if (manifest.boot["efi-variables"] && facts.firmware.efiVariables === "read-only") {
    return [
      {
        object: "boot.efi-variables",
        message: "the firmware's variables cannot be written: efivarfs is mounted read-only",
        hint: "Remount it (mount -o remount,rw /sys/firmware/efi/efivars), or set efi-variables = false.",
      },
    ];
  }
  return [];
}

/** The partition that will hold `/nix/store`: the one mounted closest above it. */
function storePartition(
  manifest: Manifest,
  partitions: ReadonlyMap<string, PlannedDevice>,
): { readonly mountPoint: string; readonly partition: PlannedDevice } | undefined {
  for (const mountPoint of ["/nix/store", "/nix", "/"]) {
    const table = manifest.filesystem[mountPoint];
    const partition =
      table !== undefined && "device" in table ? partitions.get(table.device) : undefined;
    if (partition !== undefined) return { mountPoint, partition };
  }
  return undefined;
}

/** Whether the closure fits on the partition that will hold the store. */
export function judgeRoom(
  manifest: Manifest,
  partitions: ReadonlyMap<string, PlannedDevice>,
  narSize: number,
): Refusal[] {
  const store = storePartition(manifest, partitions);
  const needed = narSize * fileSystemOverhead;
  if (store === undefined || store.partition.size >= needed) return [];
  return [
    {
      object: `filesystem."${store.mountPoint}"`,
      message:
        `the system needs ${formatSize(needed)} for /nix/store, ` +
        `but its partition has ${formatSize(store.partition.size)}`,
      hint: "Make the partition larger, or the system smaller.",
    },
  ];
}

/** The programs of the live system that steps run, by the step that runs them first. */
export function programsOf(steps: readonly Step[]): Map<string, string> {
  const programs = new Map<string, string>();
  for (const step of steps) {
    for (const [program] of definitionOf(step).commands(step)) {
      if (program !== undefined && !program.startsWith("/") && !programs.has(program)) {
        programs.set(program, step.id);
      }
    }
  }
  return programs;
}

/** Whether every program that a step runs is there. */
export function judgeTools(steps: readonly Step[], facts: Facts): Refusal[] {
  return [...programsOf(steps)]
    .filter(([program]) => facts.tools[program] === undefined)
    .map(([program, id]) => ({
      object: id,
      message: `the live system has no ${program}`,
      hint: `Install the package that has ${program}, or start another live system.`,
    }));
}

/** What speaks against, or should be known about, installing this manifest on this machine. */
export function judgeMachine(manifest: Manifest, facts: Facts): Findings {
  const disks = judgeDisks(manifest.disk, facts);
  const unsigned = manifest.cache["require-sigs"]
    ? []
    : [
        "require-sigs = false: NO SIGNATURE IS CHECKED. Whoever controls a cache or the network decides what is installed.",
      ];
  return {
    refusals: [...disks.refusals, ...judgeFirmware(manifest, facts)],
    warnings: [...unsigned, ...disks.warnings],
  };
}
