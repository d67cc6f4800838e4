import { outcomeOf, type StorageStep } from "../../../disk/objects/index.ts";
import type { LvmStep } from "../../../disk/objects/lvm.ts";
import type { StoragePlan } from "../../../disk/plan-storage.ts";
import type { RaidLevel } from "../../../disk/raid/geometry.ts";
import type { EarlyFileSystem } from "./early-storage.ts";

/** A kernel module without which the initrd cannot mount what it has to. */
export interface NeededModule {
  /** What needs it: `luks.cryptroot`. */
  readonly object: string;
  /** What cannot be done without it, to follow "cannot": `open luks.cryptroot`. */
  readonly purpose: string;
  /** Its name, with underscores. */
  readonly module: string;
  /** What the kernel asks for when it wants it: `fs-ext4`. Left out where the module is loaded by its name. */
  readonly alias?: string;
}

/** The names of the modules that have the levels of md(4). */
const personalities: Readonly<Record<RaidLevel, string>> = {
  0: "raid0",
  1: "raid1",
  4: "raid456",
  5: "raid456",
  6: "raid456",
  10: "raid10",
};

function groupModules({ volumes }: LvmStep): string[] {
  const layouts = new Set<string>(volumes.map(({ layout }) => layout));
  return [
    "dm_mod",
    ...(layouts.has("raid1") ? ["dm_raid"] : []),
    ...(layouts.has("thin-pool") ? ["dm_thin_pool"] : []),
  ];
}

function modulesOf(step: StorageStep): NeededModule[] {
  if (step.kind === "luks") {
    const object = `luks.${step.name}`;
    return [{ object, purpose: `open ${object}`, module: "dm_crypt" }];
  }
  if (step.kind === "raid") {
    const object = `raid.${step.name}`;
    const module = personalities[step.level];
    return [{ object, purpose: `start ${object}`, module, alias: `md-level-${step.level}` }];
  }
  if (step.kind === "lvm") {
    const object = `lvm.${step.name}`;
    return groupModules(step).map((module) => ({ object, purpose: `activate ${object}`, module }));
  }
  return [];
}

/** The steps that make what a file system lies on, down to partitions and disks. */
function stepsBelow({ device }: EarlyFileSystem, { steps }: StoragePlan): StorageStep[] {
  const found = new Set<StorageStep>();
  const pending = [...(device.members ?? [device.path])];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const step of steps) {
      const made = outcomeOf(step).devices.find(({ path }) => path === node);
      if (made === undefined || found.has(step)) continue;
      found.add(step);
      pending.push(...made.on);
    }
  }
  return [...found];
}

/** Every module that the initrd needs for file systems and for what they lie on, but for hardware. Pure. */
export function neededModules(
  early: readonly EarlyFileSystem[],
  storage: StoragePlan,
): NeededModule[] {
  const ofTypes = early.map(({ mountPoint, table: { type } }): NeededModule => {
    const object = `filesystem."${mountPoint}"`;
    return { object, purpose: `mount ${mountPoint}`, module: type, alias: `fs-${type}` };
  });
  const steps = new Set(early.flatMap((fileSystem) => stepsBelow(fileSystem, storage)));
  return [...ofTypes, ...[...steps].flatMap(modulesOf)];
}

/** The parts of the kernel's cryptography that the mappings need: `xts` and `aes` of `aes-xts-plain64` (cryptsetup(8)). */
export function neededCiphers(
  early: readonly EarlyFileSystem[],
  storage: StoragePlan,
): { readonly object: string; readonly name: string }[] {
  const steps = new Set(early.flatMap((fileSystem) => stepsBelow(fileSystem, storage)));
  return [...steps].flatMap((step) => {
    if (step.kind !== "luks" || step.header === undefined) return [];
    const names = step.header.cipher.split("-").slice(0, 2);
    return names
      .filter((name) => /^[a-z0-9]+$/.test(name) && name !== "capi")
      .map((name) => ({ object: `luks.${step.name}`, name }));
  });
}
