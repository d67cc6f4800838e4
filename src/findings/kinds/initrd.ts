import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the initrd of the system to be installed. */
export const initrdKinds = {
  "preflight/initrd-driver-missing": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The initrd has no driver for a disk that it has to mount something from, or for the controller of that disk.",
  },
  "preflight/initrd-module-missing": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The initrd has no kernel module for a file system that it has to mount, or for the LUKS mapping, array or volume group below it.",
  },
  "preflight/initrd-modules-uncertain": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "A kernel module that is needed to boot is not in the initrd by its name, but the lists that would prove it missing are not there.",
  },
  "preflight/initrd-cipher-missing": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The initrd seems to lack a module for the cipher of a LUKS mapping that it has to open.",
  },
  "preflight/initrd-root-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The initrd mounts no /, and no kernel parameter says where root is.",
  },
  "preflight/initrd-mount-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The initrd mounts something else than the system's etc/fstab, and the layout does not have it.",
  },
  "preflight/initrd-unreadable": {
    severity: "warning",
    isAllowable: true,
    meaning: "The initrd cannot be read, so that nobody knows what it lacks.",
  },
} as const satisfies FindingKinds;
