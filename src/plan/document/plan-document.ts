import { type Closure, type ClosurePath, downloadSize, isCopied } from "../../cache/closure.ts";
import type { CopiedPath } from "../../cache/nix-store/copied-path.ts";
import { storeName } from "../../cache/nix-store/store-address.ts";
import type { StorageStep } from "../../disk/objects/index.ts";
import type { Facts } from "../../facts/facts.ts";
import { redactUrl } from "../../http/http-error.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { tarballName } from "../../store/portable/tarball-source.ts";
import type { SystemInfo } from "../../system-info/system-info.ts";
import { describeSecret } from "../../values/secret.ts";
import { definitionOf, isStorageStep, type Plan, type Step } from "../plan.ts";
import { toolsOf } from "../tools.ts";
import { plannedDisks } from "./disks.ts";
import type { PlanDocument } from "./schema.ts";

/** What a plan was made of, and the plan. */
export interface DocumentInputs {
  readonly manifest: Manifest;
  readonly facts: Facts;
  readonly system: SystemInfo;
  readonly plan: Plan;
}

/** The cache or store that a path comes from, as it may be shown. */
function cacheOf(path: ClosurePath | CopiedPath): string {
  return isCopied(path) ? storeName(path.store) : redactUrl(path.substituter);
}

function closureData({ paths, copies = [], ...sizes }: Closure, caches: readonly string[]) {
  const all = [...paths, ...copies].map((path) => ({
    path: path.storePath,
    cache: cacheOf(path),
    downloadSize: downloadSize(path),
    narSize: path.narSize,
  }));
  const urls = [...new Set([...caches, ...all.map(({ cache }) => cache)])];
  return {
    pathCount: all.length,
    downloadSize: sizes.downloadSize,
    narSize: sizes.narSize,
    caches: urls.map((url) => {
      const own = all.filter(({ cache }) => cache === url);
      const size = own.reduce((sum, path) => sum + path.downloadSize, 0);
      return { url, pathCount: own.length, downloadSize: size };
    }),
    paths: all,
  };
}

function filesOf({ "portable-store": store }: Manifest): PlanDocument["files"] {
  if (store === undefined) return [];
  const { tarball, sha256 } = store;
  return [
    {
      object: "portable-store.tarball",
      source: tarballName(tarball),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
  ];
}

function bootOf({ manifest, facts, system }: DocumentInputs): PlanDocument["boot"] {
  const { loader, efiSysMountPoint, grub = [] } = system.loader;
  const isUefi = facts.firmware.kind === "uefi";
  const mountPoints = [efiSysMountPoint, ...grub.map((each) => each.efiSysMountPoint)];
  const devices = grub.flatMap((each) => (each.forBios ? each.devices : []));
  return {
    firmware: facts.firmware.kind,
    efiVariables: isUefi && manifest.boot["efi-variables"],
    loader,
    espMountPoints: [...new Set(mountPoints.filter((path) => path !== undefined))],
    devices: [...new Set(devices.filter((device) => device !== "nodev"))],
  };
}

function secretsOf(steps: readonly Step[]): PlanDocument["secrets"] {
  return steps
    .flatMap((step) => definitionOf(step).secrets?.(step) ?? [])
    .map(({ object, source }) => ({ object, source: describeSecret(source) }));
}

function stepData(step: Step): PlanDocument["steps"][number] {
  const definition = definitionOf(step);
  return {
    id: step.id,
    kind: step.kind,
    title: definition.describe(step),
    details: [...(definition.details?.(step) ?? [])],
    writesDisk: definition.writesDisk === true,
    commands: definition.commands(step).map((argv) => [...argv]),
    inputs: (definition.inputs?.(step) ?? []).map((input) => ({ ...input })),
  };
}

function swapsOf(steps: readonly StorageStep[]): PlanDocument["swaps"] {
  const swaps: PlanDocument["swaps"] = [];
  for (const step of steps) {
    if (step.kind === "swap") swaps.push({ device: step.device });
    if (step.kind === "swap-file") swaps.push({ file: step.file, size: step.size });
  }
  return swaps;
}

/** The plan as data: what `installer plan --format json` prints, and what its text is made of. Pure. */
export function planDocument(inputs: DocumentInputs): PlanDocument {
  const { manifest, facts, plan } = inputs;
  const { steps, findings, root, toplevel, progress } = plan;
  const { closure } = inputs.system;
  const storage = steps.filter(isStorageStep);
  const mounts = storage.filter((step) => step.kind === "mount");
  return {
    version: 1,
    toplevel,
    root,
    earlierRun: progress === "new" ? "none" : progress,
    findings: findings.map((finding) => ({ ...finding })),
    disks: plannedDisks(facts, storage, mounts),
    mounts: mounts.map(({ target, device, type, options, optional }) => ({
      mountPoint: target,
      source: device,
      type,
      options: [...options],
      isOptional: optional,
    })),
    swaps: swapsOf(storage),
    closure: closureData(closure, closure.substituters.map(redactUrl)),
    files: filesOf(manifest),
    secrets: secretsOf(steps),
    tools: toolsOf(steps, facts).map((tool) => ({ ...tool, neededBy: [...tool.neededBy] })),
    boot: bootOf(inputs),
    finish: manifest.finish.action,
    steps: steps.map(stepData),
  };
}
