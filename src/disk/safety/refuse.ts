import type { Disk, Holder } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatContents } from "./disk-tree.ts";

/** What may be done to a disk. */
export interface DiskUse {
  readonly wipe: boolean;
  /** `keep`: what is on it stays, but for what is added. */
  readonly table?: string | undefined;
}

/** How a disk's being busy is told: what uses it, and whether the live system runs from it. */
function inUse(disk: Disk, object: string): Finding {
  if (disk.liveUse !== undefined) {
    return makeFinding(
      "preflight/disk-of-live-system",
      object,
      `${disk.path} is in use: the live system runs from it (${disk.liveUse})\n${formatContents(disk)}`,
      "Install on another disk, or start a live system from another medium.",
    );
  }
  return makeFinding(
    "preflight/disk-in-use",
    object,
    `${disk.path} is in use\n${formatContents(disk)}`,
    "Unmount, swapoff or stop what uses it; or write `wipe = true` for this disk to have that done and everything on it destroyed.",
  );
}

/** Whether there is nothing on a disk that anybody could miss. */
export function isBlank(disk: Disk): boolean {
  return disk.signatures?.length === 0 && disk.partitions.length === 0;
}

/** How it is told that a disk is not {@link isBlank}: what is on it. */
function notBlank(disk: Disk, object: string): Finding {
  if (disk.signatures === undefined) return unreadable(disk, object);
  return makeFinding(
    "preflight/disk-not-empty",
    object,
    `${disk.path} is not empty\n${formatContents(disk)}`,
    "Write `wipe = true` for this disk to destroy everything on it.",
  );
}

function unreadable(disk: Disk, object: string): Finding {
  return makeFinding(
    "preflight/disk-unreadable",
    object,
    `it cannot be told what is on ${disk.path}: wipefs could not read it`,
    "Run the installer as root, on a live system with wipefs (util-linux 2.33 or newer). If it does, the disk is failing " +
      "or locked: look at the kernel's log with `dmesg`.",
  );
}

function isMultipath({ kind, uuid }: Holder): boolean {
  return kind === "device-mapper" && uuid?.startsWith("mpath-") === true;
}

/** What forbids any change of a disk. */
function foreignUse(disk: Disk, object: string): Finding | undefined {
  if (disk.liveUse !== undefined) return inUse(disk, object);
  const paths = disk.holders.find((holder) => holder.device === disk.path && isMultipath(holder));
  if (paths !== undefined) {
    return makeFinding(
      "preflight/disk-multipath",
      object,
      `${disk.path} is one path of several to the multipath device ${paths.name}`,
      "Multipath devices are not supported. If the disk has but one path, flush the map: `multipath -f` and its name.",
    );
  }
  return undefined;
}

/** What uses a disk and cannot be taken down, also where the disk may be wiped. */
function lastingUse(disk: Disk, object: string): Finding | undefined {
  const open = disk.holders.find(({ kind }) => kind === "exclusive-open");
  if (open !== undefined) {
    return makeFinding(
      "preflight/disk-in-use",
      object,
      `${open.device} is in use: open exclusively in ${open.name}\n${formatContents(disk)}`,
      "End what uses it: look with `lsof` or `fuser`, also in other mount namespaces (containers).",
    );
  }
  const unknown = disk.holders.find(({ kind }) => kind === "block-device");
  if (unknown === undefined) return undefined;
  return makeFinding(
    "preflight/disk-in-use",
    object,
    `${unknown.device} is in use by ${unknown.name}, which the installer cannot take down\n${formatContents(disk)}`,
    "Stop it.",
  );
}

/**
 * What speaks against opening what an earlier run of the same manifest made on a disk: somebody else uses it. What that
 * run has left open, and what the live system has assembled, is closed. Of a disk with a table that is kept, only the
 * partitions of the manifest matter, which are judged where they are known.
 *
 * @param object `disk.main`
 */
export function judgeMadeDisk(disk: Disk, use: DiskUse, object: string): Finding[] {
  const found = judgeDisk(disk, { ...use, wipe: true }, object);
  const isMounted = disk.holders.some(({ kind }) => kind === "mount" || kind === "loop");
  if (found.length > 0 || use.table === "keep" || !isMounted) return found;
  return [
    makeFinding(
      "preflight/disk-in-use",
      object,
      `${disk.path} is in use\n${formatContents(disk)}`,
      "Unmount what is mounted: it is what an earlier run of this manifest made, and the install goes on there.",
    ),
  ];
}

/**
 * What speaks against writing a disk, of itself and of what is on it; empty when nothing does. With `wipe` a disk may be
 * in use and hold anything, unless the live system needs it or nothing but another program can let it go. With a table
 * that is kept, what is on the disk is judged where it is known what of it is touched.
 *
 * @param object `disk.main`
 */
export function judgeDisk(disk: Disk, use: DiskUse, object: string): Finding[] {
  if (disk.size === 0)
    return [
      makeFinding(
        "preflight/disk-no-medium",
        object,
        `there is no medium in ${disk.path}`,
        "Insert one, or name another disk.",
      ),
    ];
  const found: Finding[] = [];
  if (disk.readOnly) {
    found.push(
      makeFinding(
        "preflight/disk-read-only",
        object,
        `${disk.path} is read-only`,
        `Release its write protection, which is a switch on some media and else \`blockdev --setrw ${disk.path}\`, or name another disk.`,
      ),
    );
  }
  const foreign = foreignUse(disk, object);
  if (foreign !== undefined) return [...found, foreign];
  const looked = disk.signatures === undefined ? [...found, unreadable(disk, object)] : found;
  if (use.table === "keep") return looked;
  const lasting = lastingUse(disk, object);
  if (lasting !== undefined) return [...found, lasting];
  if (use.wipe) return looked;
  if (disk.holders.length > 0) return [...found, inUse(disk, object)];
  return isBlank(disk) ? found : [...found, notBlank(disk, object)];
}
