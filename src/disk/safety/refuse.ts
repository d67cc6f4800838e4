import { InstallerError } from "../../errors.ts";
import type { Disk, Facts } from "../../facts/facts.ts";
import type { DiskTable } from "../objects/disk.ts";
import { layoutPartitions } from "../partitioning/gpt.ts";
import { formatContents, formatDisk, formatHolders } from "./disk-tree.ts";

/** Why a disk of the manifest is not written to. */
export interface Refusal {
  /** `disk.main` */
  readonly object: string;
  /** A sentence; details, such as a tree of holders, on further lines. */
  readonly message: string;
  readonly hint?: string;
}

/** What was found out about the disks of a manifest. */
export interface DiskJudgement {
  readonly refusals: readonly Refusal[];
  /** Things the user should change, though the install goes on. */
  readonly warnings: readonly string[];
}

/** Where live systems mount the medium they run from: Debian, Ubuntu, NixOS, Arch, Fedora and SystemRescue. */
const liveMediumMounts = new Set([
  "/",
  "/run/live/medium",
  "/lib/live/mount/medium",
  "/cdrom",
  "/iso",
  "/run/archiso/bootmnt",
  "/run/initramfs/live",
]);

/** The disks that a device path of a manifest may mean. */
function matchingDisks(facts: Facts, device: string): Disk[] {
  return facts.disks.filter(({ path, links }) => path === device || links.includes(device));
}

/** The disk that a device path of a manifest means: a kernel's node, or one of the links to it. */
export function resolveDisk(facts: Facts, device: string): Disk | undefined {
  return matchingDisks(facts, device)[0];
}

function ambiguous(object: string, device: string, disks: readonly Disk[]): Refusal {
  return {
    object,
    message: [
      `${device} means several disks:`,
      ...disks.map((disk) => `  ${formatDisk(disk)}`),
    ].join("\n"),
    hint: "Name one of them in `device` by something that it alone has.",
  };
}

function missing(object: string, device: string, facts: Facts): Refusal {
  const owner = facts.disks.find(({ partitions }) =>
    partitions.some(({ path }) => path === device),
  );
  if (owner !== undefined) {
    return { object, message: `${device} is a partition of ${owner.path}, not a whole disk` };
  }
  const candidates = facts.disks.map((disk) => `  ${formatDisk(disk)}`);
  const list = candidates.length === 0 ? ["  none"] : candidates;
  return {
    object,
    message: [`there is no disk ${device}; the disks of this machine are:`, ...list].join("\n"),
    hint: "Name one of them in `device`.",
  };
}

/** How a disk's being busy is told: what uses it, and whether the live system runs from it. */
export function inUse(disk: Disk, object: string): Refusal {
  const runsFromIt = disk.holders.some(
    ({ kind, name }) => kind === "mount" && liveMediumMounts.has(name),
  );
  return {
    object,
    message: `${disk.path} is in use${runsFromIt ? ": the live system runs from it" : ""}\n${formatHolders(disk)}`,
    hint: runsFromIt
      ? "Install on another disk, or start a live system from another medium."
      : "Unmount, swapoff or stop what uses it; a disk in use is never written to.",
  };
}

/** Whether there is nothing on a disk that anybody could miss. */
export function isBlank(disk: Disk): boolean {
  return disk.signatures?.length === 0 && disk.partitions.length === 0;
}

/** How it is told that a disk is not {@link isBlank}: what is on it. */
export function notBlank(disk: Disk, object: string): Refusal {
  if (disk.signatures === undefined) {
    return {
      object,
      message: `it cannot be told what is on ${disk.path}: wipefs could not read it`,
      hint: "Run the installer as root, on a live system with wipefs (util-linux 2.33 or newer).",
    };
  }
  return {
    object,
    message: `${disk.path} is not empty\n${formatContents(disk)}`,
    hint: "Write `wipe = true` for this disk to destroy everything on it.",
  };
}

/**
 * Everything that speaks against writing a disk: read-only, in use, not empty without `wipe = true`, too small for its
 * partitions. Empty when nothing does.
 *
 * @param disk The disk the manifest means.
 * @param table Its table in the manifest.
 * @param name Its name in the manifest.
 * @throws {InstallerError} `manifest` when the partitions are wrong on any disk.
 */
function judgeDisk(disk: Disk, table: DiskTable, name: string): Refusal[] {
  const object = `disk.${name}`;
  const refusals: Refusal[] = [];
  if (disk.readOnly) refusals.push({ object, message: `${disk.path} is read-only` });
  if (disk.holders.length > 0) refusals.push(inUse(disk, object));
  else if (!table.wipe && !isBlank(disk)) refusals.push(notBlank(disk, object));
  try {
    layoutPartitions(name, disk, table.partition, "");
  } catch (error) {
    if (!(error instanceof InstallerError) || error.reason !== "refused") throw error;
    const { message, hint } = error;
    refusals.push({ object, message, ...(hint === undefined ? {} : { hint }) });
  }
  return refusals;
}

/** A warning where a disk is named by the order in which the kernel found it, which changes between boots. */
function nameWarning(disk: Disk, table: DiskTable, name: string): string | undefined {
  if (table.device !== disk.path) return undefined;
  const stable = disk.links.find((link) => link.startsWith("/dev/disk/by-id/"));
  if (stable === undefined) return undefined;
  return `disk.${name}: ${table.device} may be another disk after the next boot; write device = "${stable}"`;
}

/**
 * Judges all disks of a manifest, also together: two of them must not be the same device. Pure.
 *
 * @throws {InstallerError} `manifest` as {@link judgeDisk} does.
 */
export function judgeDisks(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
): DiskJudgement {
  const refusals: Refusal[] = [];
  const warnings: string[] = [];
  const names = new Map<string, string>();
  for (const [name, table] of Object.entries(tables)) {
    const [disk, ...others] = matchingDisks(facts, table.device);
    if (disk !== undefined && others.length > 0) {
      refusals.push(ambiguous(`disk.${name}`, table.device, [disk, ...others]));
      continue;
    }
    if (disk === undefined) {
      refusals.push(missing(`disk.${name}`, table.device, facts));
      continue;
    }
    const other = names.get(disk.path);
    if (other !== undefined) {
      const message = `disk.${other} and disk.${name} are the same device, ${disk.path}`;
      refusals.push({ object: `disk.${name}`, message });
    }
    names.set(disk.path, name);
    refusals.push(...judgeDisk(disk, table, name));
    const warning = nameWarning(disk, table, name);
    if (warning !== undefined) warnings.push(warning);
  }
  return { refusals, warnings };
}

/** One error for all refusals; `undefined` when there are none. Exit reason `refused`. */
export function refusalError(refusals: readonly Refusal[]): InstallerError | undefined {
  const [first] = refusals;
  if (first === undefined) return undefined;
  const hints = new Set(refusals.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  const message = refusals.map((refusal) => `${refusal.object}: ${refusal.message}`).join("\n");
  return new InstallerError("refused", message, {
    object: first.object,
    ...(hints.size === 0 ? {} : { hint: [...hints].join(" ") }),
  });
}
