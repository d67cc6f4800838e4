import { volumePath } from "../../../disk/lvm/configuration.ts";
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
  /** What to write in the system's configuration: `boot.swraid.enable = true;`. */
  readonly option: string;
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

/** The option of NixOS that puts a module into the initrd, whatever it is for. */
export function modulesOption(modules: readonly string[]): string {
  const list = modules.map((module) => JSON.stringify(module)).join(" ");
  return `boot.initrd.availableKernelModules = [ ${list} ];`;
}

/** A step below a file system, and which of the devices that it makes the file system lies on. */
interface Layer {
  readonly step: StorageStep;
  readonly node: string;
}

/** What a volume of a group needs, with the option of NixOS: others that fail to be activated keep nothing from booting. */
function volumeModule(
  { name: group, volumes, thinVolumes }: LvmStep,
  node: string,
): { readonly module: string; readonly option: string } {
  if (thinVolumes.some(({ name }) => volumePath(group, name) === node)) {
    return { module: "dm_thin_pool", option: "services.lvm.boot.thin.enable = true;" };
  }
  const layout = volumes.find(({ name }) => volumePath(group, name) === node)?.layout;
  const module = layout === "raid1" ? "dm_raid" : "dm_mod";
  return { module, option: modulesOption([module]) };
}

function moduleOf({ step, node }: Layer): NeededModule[] {
  if (step.kind === "luks") {
    const object = `luks.${step.name}`;
    const option = `boot.initrd.luks.devices.${JSON.stringify(step.name)}.device = "…";`;
    return [{ object, purpose: `open ${object}`, module: "dm_crypt", option }];
  }
  if (step.kind === "raid") {
    const object = `raid.${step.name}`;
    const module = personalities[step.level];
    const alias = `md-level-${step.level}`;
    const option = "boot.swraid.enable = true;";
    return [{ object, purpose: `start ${object}`, module, alias, option }];
  }
  if (step.kind === "lvm") {
    const object = `lvm.${step.name}`;
    return [{ object, purpose: `activate ${node}`, ...volumeModule(step, node) }];
  }
  return [];
}

/** What file systems lie on, down to partitions and disks, each once. */
function layersBelow(early: readonly EarlyFileSystem[], { steps }: StoragePlan): Layer[] {
  const found = new Map<string, Layer>();
  const pending = early.flatMap(({ device }) => device.members ?? [device.path]);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    for (const step of steps) {
      const made = outcomeOf(step).devices.find(({ path }) => path === node);
      if (made === undefined) continue;
      found.set(node, { step, node });
      pending.push(...made.on);
    }
  }
  return [...found.values()];
}

/** Every module that the initrd needs for file systems and for what they lie on, but for hardware. Pure. */
export function neededModules(
  early: readonly EarlyFileSystem[],
  storage: StoragePlan,
): NeededModule[] {
  const ofTypes = early.map(({ mountPoint, table: { type } }): NeededModule => {
    const object = `filesystem."${mountPoint}"`;
    const option = `boot.initrd.supportedFilesystems = [ ${JSON.stringify(type)} ];`;
    return { object, purpose: `mount ${mountPoint}`, module: type, alias: `fs-${type}`, option };
  });
  return [...ofTypes, ...layersBelow(early, storage).flatMap(moduleOf)];
}

/** The parts of the kernel's cryptography that the mappings need: `xts` and `aes` of `aes-xts-plain64` (cryptsetup(8)). */
export function neededCiphers(
  early: readonly EarlyFileSystem[],
  storage: StoragePlan,
): { readonly object: string; readonly name: string }[] {
  return layersBelow(early, storage).flatMap(({ step }) => {
    if (step.kind !== "luks" || step.header === undefined) return [];
    const names = step.header.cipher.split("-").slice(0, 2);
    return names
      .filter((name) => /^[a-z0-9]+$/.test(name) && name !== "capi")
      .map((name) => ({ object: `luks.${step.name}`, name }));
  });
}
