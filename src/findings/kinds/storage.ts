import type { FindingKinds } from "../finding-kind.ts";

/** What is found when the storage of a manifest is planned on the machine. */
export const storageKinds = {
  "preflight/storage": {
    severity: "error",
    isAllowable: false,
    meaning: "An object of the manifest cannot be made on this machine.",
  },
  "preflight/overwritten": {
    severity: "warning",
    isAllowable: true,
    meaning: "A partition is kept, but what is on it is made anew.",
  },
  "preflight/identifier-in-use": {
    severity: "error",
    isAllowable: false,
    meaning:
      "Something that stays on the machine has the UUID or PARTUUID that something new would get.",
  },
  "preflight/label-in-use": {
    severity: "warning",
    isAllowable: true,
    meaning: "Something that stays on the machine has the label that something new gets.",
  },
  "preflight/thin-pool-overcommitted": {
    severity: "warning",
    isAllowable: true,
    meaning: "The volumes of a thin pool together appear larger than the pool.",
  },
  "preflight/room": {
    severity: "error",
    isAllowable: true,
    meaning: "The system and the swap files do not fit on the file system that holds them.",
  },
} as const satisfies FindingKinds;
