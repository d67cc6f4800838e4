import type { FindingKinds } from "../finding-kind.ts";

/** What is found when the storage of a manifest is planned on the machine. */
export const storageKinds = {
  "preflight/storage": {
    severity: "error",
    isAllowable: false,
    meaning: "An object of the manifest cannot be made on this machine for another reason.",
  },
  "preflight/device-too-small": {
    severity: "error",
    isAllowable: false,
    meaning: "What an object is made on is smaller than the object, or than the least it takes.",
  },
  "preflight/name-taken": {
    severity: "error",
    isAllowable: false,
    meaning:
      "Something that stays on the machine has the name of a group, array, pool or mapping that is made.",
  },
  "preflight/kept-mismatch": {
    severity: "error",
    isAllowable: false,
    meaning: "What the manifest keeps is not what is there.",
  },
  "preflight/kept-overwritten": {
    severity: "error",
    isAllowable: false,
    meaning: "Something would be made on a partition that is to be kept.",
  },
  "preflight/nothing-to-keep": {
    severity: "error",
    isAllowable: false,
    meaning: "Something is to be kept, but what it lies on is made anew.",
  },
  "preflight/mount-cycle": {
    severity: "error",
    isAllowable: false,
    meaning: "Mounts of the manifest wait for each other.",
  },
  "preflight/swap-file-place": {
    severity: "error",
    isAllowable: false,
    meaning: "A swap file would lie where Linux cannot swap to it.",
  },
  "preflight/luks-memory": {
    severity: "error",
    isAllowable: false,
    meaning: "Opening a LUKS device would take more memory than the machine has.",
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
  "preflight/room-kept": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "What is kept on a file system leaves less room than the system and the swap files need, unless part of them is there already.",
  },
} as const satisfies FindingKinds;
