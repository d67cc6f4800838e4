import { isNixStore } from "../cache/nix-store/store-address.ts";
import { transferSteps } from "../cache/nix-store/transfer-steps.ts";
import { planStorage, type StoragePlan } from "../disk/plan-storage.ts";
import type { LayoutProgress } from "../disk/progress.ts";
import { judgeDisks } from "../disk/safety/judge.ts";
import { applyAllow } from "../findings/allow.ts";
import type { Finding } from "../findings/finding.ts";
import { findingsOf, findingText, RefusalError, refuseErrors } from "../findings/refusal-error.ts";
import type { Manifest } from "../manifest/schema.ts";
import { portableStoreLocation } from "../store/portable/location.ts";
import { identifierSeed } from "./identifier-seed.ts";
import type { Plan, Step } from "./plan.ts";
import { judgeUnusedAllow } from "./preflight/allow.ts";
import { grubDisks } from "./preflight/grub-places.ts";
import { judges, machineJudges, storageJudges, systemJudges } from "./preflight/index.ts";
import type { MachineInputs, SystemInputs } from "./preflight/inputs.ts";
import { judgeKernel, judgeTools } from "./preflight/live-system.ts";
import { progressOf } from "./progress.ts";

/** Everything a plan follows from: plain data, gathered before. */
export interface PlanInputs extends SystemInputs {
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

/** The nodes of all whole disks that the target lies on. */
function allDisks({ devices }: StoragePlan): readonly string[] {
  return [...new Set([...devices.values()].flatMap(({ disks }) => disks))].toSorted();
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
    { kind: "mark-installed", id: "mark-installed", ...target, disks: allDisks(storage) },
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

/** What an install does to the machine's disks, known before the caches are asked for anything. */
export interface MachinePlan {
  /** Left out where it cannot be planned: the findings say why. */
  readonly storage?: StoragePlan;
  readonly findings: readonly Finding[];
  /** How far an earlier run of the same manifest has come. */
  readonly progress: LayoutProgress;
}

/** Plans the storage, or says what speaks against it. */
function tryStorage(
  { manifest, facts, root }: MachineInputs,
  progress: LayoutProgress,
): Pick<MachinePlan, "storage" | "findings"> {
  try {
    const storage = planStorage({
      tables: manifest,
      facts,
      root,
      identifierSeed: (name, disk) => identifierSeed(manifest, name, disk),
      progress,
    });
    return { storage, findings: storage.findings };
  } catch (error) {
    return { findings: findingsOf(error, "preflight/storage") };
  }
}

/** Findings that say the same of the same, once: what is wrong with a disk shows again when it is planned. */
function withoutRepetitions(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    (finding, index) =>
      findings.findIndex((each) => findingText(each) === findingText(finding)) === index,
  );
}

/**
 * Plans the storage and judges what can be judged on this machine whatever the caches say. Pure.
 *
 * @returns What it found, as it is: what the manifest allows is still an error.
 */
export function planMachine(machine: MachineInputs): MachinePlan {
  const { manifest, facts, observed = [], progress = progressOf(machine) } = machine;
  const inputs = { ...machine, progress };
  const { storage, findings } = tryStorage(inputs, progress);
  const found = [
    ...observed,
    ...machineJudges.flatMap((judge) => judge(inputs)),
    ...judgeDisks(manifest.disk, facts, progress),
    ...findings,
  ];
  if (storage === undefined) return { findings: withoutRepetitions(found), progress };
  found.push(
    ...storageJudges.flatMap((judge) => judge({ ...inputs, storage })),
    ...judgeTools(storage.steps, facts),
    ...judgeKernel(storage.steps, facts),
  );
  return { storage, findings: withoutRepetitions(found), progress };
}

/** The findings as the manifest wants them, with a note on what it allows in vain. */
export function judgedBy(findings: readonly Finding[], { allow }: Manifest): readonly Finding[] {
  return [...applyAllow(findings, allow), ...judgeUnusedAllow(findings, allow)];
}

/**
 * Turns what was asked for and what is there into the list of what will be done. Pure: the same inputs give the same
 * plan, and nothing is read or written.
 *
 * @throws {RefusalError} with everything that stands in the way and what to do about it.
 */
export function makePlan(inputs: PlanInputs): Plan {
  const { manifest, facts, root } = inputs;
  const { storage, findings, progress } = planMachine(inputs);
  const ofSystem = systemJudges.flatMap((judge) => judge(inputs));
  if (storage === undefined) throw new RefusalError(judgedBy([...findings, ...ofSystem], manifest));
  const steps = makeSteps(inputs, storage);
  const judged = judgedBy(
    [
      ...findings,
      ...judgeTools(steps, facts, storage.steps),
      ...ofSystem,
      ...judges.flatMap((judge) => judge({ ...inputs, storage })),
    ],
    manifest,
  );
  refuseErrors(judged);
  return {
    version: 1,
    root,
    toplevel: manifest.system.toplevel,
    progress: progress.state,
    findings: judged,
    steps,
  };
}
