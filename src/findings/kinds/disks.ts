import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the disks that a manifest names. */
export const diskKinds = {
  "preflight/disk-not-found": {
    severity: "error",
    isAllowable: false,
    meaning: "No disk of the machine is the one that the manifest means.",
  },
  "preflight/disk-ambiguous": {
    severity: "error",
    isAllowable: false,
    meaning: "Several disks of the machine are what the manifest means.",
  },
  "preflight/disk-not-whole": {
    severity: "error",
    isAllowable: false,
    meaning: "The manifest names a partition where a whole disk is meant.",
  },
  "preflight/disk-named-twice": {
    severity: "error",
    isAllowable: false,
    meaning: "Two disks of the manifest are the same device.",
  },
  "preflight/disk-no-medium": {
    severity: "error",
    isAllowable: false,
    meaning: "There is no medium in the drive.",
  },
  "preflight/disk-read-only": {
    severity: "error",
    isAllowable: false,
    meaning: "The disk is read-only.",
  },
  "preflight/disk-in-use": {
    severity: "error",
    isAllowable: false,
    meaning: "Something uses the disk.",
  },
  "preflight/disk-of-live-system": {
    severity: "error",
    isAllowable: false,
    meaning: "The live system runs from the disk.",
  },
  "preflight/disk-not-empty": {
    severity: "error",
    isAllowable: false,
    meaning: "There is something on the disk, and the manifest does not allow it to be wiped.",
  },
  "preflight/disk-unreadable": {
    severity: "error",
    isAllowable: false,
    meaning: "It cannot be told what is on the disk.",
  },
  "preflight/disk-multipath": {
    severity: "error",
    isAllowable: false,
    meaning: "The disk is reached by several paths.",
  },
  "preflight/disk-group": {
    severity: "error",
    isAllowable: false,
    meaning: "A group of disks (LVM, RAID, a pool) would lose members and keep others.",
  },
  "preflight/disk-group-incomplete": {
    severity: "warning",
    isAllowable: true,
    meaning: "A group of disks that is wiped has members that were not found.",
  },
  "preflight/disk-name-unstable": {
    severity: "warning",
    isAllowable: true,
    meaning: "The manifest names a disk by the order in which the kernel found it.",
  },
  "preflight/disk-layout": {
    severity: "error",
    isAllowable: false,
    meaning: "The partitions do not fit on the disk, or not beside those that are kept.",
  },
} as const satisfies FindingKinds;
