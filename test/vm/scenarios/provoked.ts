import type { FindingId } from "../../../src/findings/catalogue.ts";

/**
 * The findings that virtual machines provoke, by what the machine is like: what takes firmware, a kernel or disks for which
 * no loop device can stand. The scenarios assert exactly these, in this order. Importing this starts nothing.
 */
export const provokedInMachines = {
  "disks that must not be written, variables that are read-only, and an old clock": [
    "preflight/clock-behind",
    "preflight/disk-group",
    "preflight/disk-group-incomplete",
    "preflight/disk-multipath",
    "preflight/disk-no-medium",
    "preflight/disk-of-live-system",
    "preflight/disk-read-only",
    "preflight/efi-variables-read-only",
    "preflight/etc-overlay",
    "preflight/secure-boot",
  ],
  "names that are taken, variables that are full, a loader that may be signed, SELinux, and a fast clock":
    [
      "preflight/clock-off",
      "preflight/efi-variables-full",
      "preflight/name-taken",
      "preflight/secure-boot-unknown",
      "preflight/selinux-enforcing",
    ],
  "a kernel without efivarfs, bcachefs and ZFS": [
    "preflight/efi-variables-unavailable",
    "preflight/kernel-module-missing",
    "preflight/mount-not-in-fstab",
    "preflight/program-missing",
  ],
  "variables that are not mounted": ["preflight/efi-variables-not-mounted"],
  "a kernel that was told to leave the firmware alone": ["preflight/efi-variables-unavailable"],
  "a disk that the initrd has no driver for": ["preflight/initrd-driver-missing"],
  "firmware without keys": ["preflight/secure-boot-setup-mode"],
} as const satisfies Readonly<Record<string, readonly FindingId[]>>;
