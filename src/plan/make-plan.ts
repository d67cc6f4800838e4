import type { Closure } from "../cache/closure.ts";
import { isNixStore } from "../cache/nix-store/store-address.ts";
import { transferSteps } from "../cache/nix-store/transfer-steps.ts";
import { planStorage, type StoragePlan } from "../disk/plan-storage.ts";
import { disksToWipe, judgeDisks } from "../disk/safety/judge.ts";
import { judgeLostFiles } from "../disk/safety/lost-files.ts";
import { type Refusal, refusalError } from "../disk/safety/refusal.ts";
import { InstallerError } from "../errors.ts";
import type { Disk, Facts } from "../facts/facts.ts";
import type { Manifest } from "../manifest/schema.ts";
import { parseStorePath } from "../nix/store-path.ts";
import { portableStoreLocation } from "../store/portable/location.ts";
import type { Plan, Step } from "./plan.ts";
import { judgeFirmware } from "./preflight/firmware.ts";
import { grubDisks } from "./preflight/grub-places.ts";
import { judgeKernel, judgeTools } from "./preflight/live-system.ts";
import { judgeMemory } from "./preflight/memory.ts";
import { judgeRoom } from "./preflight/room.ts";
import { judgeStores } from "./preflight/stores.ts";

/** What the cache says about the system to be installed. */
interface SystemInfo {
  readonly closure: Closure;
}

/** Everything a plan follows from: plain data, gathered before. */
export interface PlanInputs {
  readonly manifest: Manifest;
  readonly facts: Facts;
  readonly system: SystemInfo;
  /** Where the target is mounted while it is installed: `/mnt`. */
  readonly root: string;
  /** Size of the portable store's tarball in bytes, where it is known beforehand. */
  readonly tarballSize?: number;
}

/** The steps that unpack the portable store, at the place in the plan where there is room for it. */
function portableStoreSteps(inputs: PlanInputs): { early: Step[]; late: Step[] } {
  const { manifest, facts, root, tarballSize } = inputs;
  const table = manifest["portable-store"];
  if (table === undefined) return { early: [], late: [] };
  const isUnpacked = manifest.cache.substituters.some(isNixStore);
  const location = isUnpacked ? "memory" : portableStoreLocation(facts.memory, tarballSize);
  const step: Step = {
    kind: "portable-store",
    id: "portable-store",
    tarball: table.tarball,
    ...(table.sha256 === undefined ? {} : { sha256: table.sha256 }),
    location,
    ...(isUnpacked ? { isUnpacked } : {}),
    root,
    system: facts.system,
  };
  return location === "memory" ? { early: [step], late: [] } : { early: [], late: [step] };
}

/** The steps that bring the system's closure to the target and have real Nix confirm it. */
function closureSteps({ manifest, system, root }: PlanInputs): Step[] {
  const { toplevel } = manifest.system;
  const { closure } = system;
  const stages = transferSteps(closure, { ...manifest.cache, ...manifest.store }, root);
  if (manifest["portable-store"] === undefined) return stages;
  const paths = closure.paths.length + (closure.copies?.length ?? 0);
  return [...stages, { kind: "nix-check", id: "nix-check", root, toplevel, paths }];
}

/** Whether a device is an EFI system partition that holds nothing but what this install puts there. */
function isNewEfiSystemPartition(path: string, { devices }: StoragePlan): boolean {
  return [...devices.values()].some(
    (device) => device.path === path && device.isEfiSystemPartition && !device.kept,
  );
}

/** The steps that turn a closure on a disk into a system that boots (nixos-install and nixos-enter, in their order). */
function systemSteps({ manifest, facts, root }: PlanInputs, storage: StoragePlan): Step[] {
  const { toplevel } = manifest.system;
  const firmware = facts.firmware.kind;
  const efiVariables = manifest.boot["efi-variables"];
  const target = { root, toplevel };
  const fileSystems = storage.mounts
    // What is no device, such as memory, holds nothing that is booted.
    .filter(({ device, bind }) => device.startsWith("/dev/") && bind === undefined)
    .map((mount) => ({
      mountPoint: mount.target,
      device: mount.device,
      isEfiSystemPartition: isNewEfiSystemPartition(mount.device, storage),
    }));
  const disks = grubDisks(manifest, storage, facts);
  return [
    { kind: "profile", id: "profile", ...target, system: facts.system },
    { kind: "prepare-root", id: "prepare-root", ...target },
    { kind: "chroot", id: "chroot", ...target, firmware, efiVariables },
    { kind: "activate", id: "activate", ...target },
    { kind: "tmpfiles", id: "tmpfiles", ...target },
    { kind: "boot-loader", id: "boot-loader", ...target },
    { kind: "boot-check", id: "boot-check", ...target, firmware, efiVariables, fileSystems, disks },
  ];
}

/** All steps, in order, once it is known that the disks can be used. */
function makeSteps(inputs: PlanInputs, storage: StoragePlan): Step[] {
  const portableStore = portableStoreSteps(inputs);
  return [
    ...portableStore.early,
    ...storage.steps,
    ...portableStore.late,
    ...closureSteps(inputs),
    ...systemSteps(inputs, storage),
  ];
}

/**
 * What a disk's identifiers are derived from: `[system] seed`, so that a system can be built against identifiers that
 * are known before its disks are; else the toplevel's hash and the disk's own identity.
 */
function identifierSeed({ system }: Manifest, name: string, disk: Disk): string {
  const { hash } = parseStorePath(system.toplevel);
  return system.seed ?? `${hash}/${disk.wwn ?? disk.serial ?? name}`;
}

function refuse(refusals: readonly Refusal[]): void {
  const error = refusalError(refusals);
  if (error !== undefined) throw error;
}

/** What an install does to the disks, known before the caches are asked for anything. */
interface MachinePlan {
  readonly storage: StoragePlan;
  readonly warnings: readonly string[];
}

/** Plans the storage; what speaks against it is added to the refusals. */
function tryStorage(
  manifest: Manifest,
  facts: Facts,
  root: string,
  refusals: Refusal[],
): StoragePlan | undefined {
  try {
    return planStorage({
      tables: manifest,
      facts,
      root,
      identifierSeed: (name, disk) => identifierSeed(manifest, name, disk),
    });
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    // What has no disk cannot be planned, and that it has none is told already.
    if (refusals.length === 0) throw error;
    const { reason, object = "disk", message, hint } = error;
    const text = message.replace(`${object}: `, "");
    if (reason === "refused" && !refusals.some((refusal) => refusal.message === text)) {
      refusals.push({ object, message: text, ...(hint === undefined ? {} : { hint }) });
    }
    return undefined;
  }
}

/** Whether the portable store's tarball will still be there when it is unpacked. */
function judgeTarballPlace(manifest: Manifest, facts: Facts): Refusal[] {
  const path = manifest["portable-store"]?.tarball;
  if (path?.startsWith("/") !== true) return [];
  const files = [{ object: "portable-store.tarball", path }];
  return judgeLostFiles(files, disksToWipe(manifest.disk, facts), facts);
}

/** What whoever turns signatures off is told, at every run. */
export const unsignedWarning =
  "require-sigs = false: NO SIGNATURE IS CHECKED. Whoever controls a cache or the network decides what is installed.";

/**
 * Plans the storage and refuses what cannot work on this machine, whatever the caches say: so that nobody waits for the
 * network to learn it. Pure.
 *
 * @param root Where the target is mounted while it is installed.
 * @throws {InstallerError} `refused`, naming everything that stands in the way and what to do about it.
 */
export function planMachine(manifest: Manifest, facts: Facts, root: string): MachinePlan {
  const disks = judgeDisks(manifest.disk, facts);
  const refusals = [
    ...judgeMemory(manifest, facts),
    ...disks.refusals,
    ...judgeTarballPlace(manifest, facts),
  ];
  const storage = tryStorage(manifest, facts, root, refusals);
  if (storage !== undefined) {
    refusals.push(
      ...judgeFirmware(manifest, facts, storage),
      ...judgeTools(storage.steps, facts),
      ...judgeStores(manifest, facts),
      ...judgeKernel(storage.steps, facts),
    );
  }
  refuse(refusals);
  if (storage === undefined) throw new InstallerError("bug", "storage that cannot be planned");
  const warnings = [
    ...(manifest.cache["require-sigs"] ? [] : [unsignedWarning]),
    ...disks.warnings,
    ...storage.warnings,
  ];
  return { storage, warnings };
}

/**
 * Turns what was asked for and what is there into the list of what will be done. Pure: the same inputs give the same
 * plan, and nothing is read or written.
 *
 * @throws {InstallerError} `refused`, naming everything that stands in the way and what to do about it.
 */
export function makePlan(inputs: PlanInputs): Plan {
  const { manifest, facts, system, root } = inputs;
  const { storage, warnings } = planMachine(manifest, facts, root);
  const steps = makeSteps(inputs, storage);
  refuse([
    ...judgeRoom(manifest, storage.devices, system.closure.narSize),
    ...judgeTools(steps, facts),
  ]);
  return { version: 1, root, toplevel: manifest.system.toplevel, warnings, steps };
}
