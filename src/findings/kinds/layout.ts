import type { FindingKinds } from "../finding-kind.ts";

/** What is found when the devices that the system expects are compared with those that it will find. */
export const layoutKinds = {
  "preflight/fstab-root-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning: "The system's etc/fstab expects / on another device than the layout puts it on.",
  },
  "preflight/fstab-root-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The system's etc/fstab has no /, and no kernel parameter says where root is.",
  },
  "preflight/fstab-mount-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The system's etc/fstab expects something else at a mount point than the layout puts there.",
  },
  "preflight/fstab-optional-mismatch": {
    severity: "warning",
    isAllowable: true,
    meaning: "The same at a mount point without which the system boots (nofail).",
  },
  "preflight/fstab-device-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The system needs a device for a mount that nothing on the machine will be.",
  },
  "preflight/fstab-device-unknown": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The system needs a device for a mount that may or may not be in something that is closed now.",
  },
  "preflight/fstab-type-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning: "The system would mount a device as another type of file system than it carries.",
  },
  "preflight/fstab-subvolume-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The system mounts another subvolume of a btrfs than the manifest, or one that nothing makes.",
  },
  "preflight/fstab-hides-system": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The system mounts something over what is installed, which the manifest does not mount: /nix or GRUB's /boot would be another at boot.",
  },
  "preflight/store-not-mounted": {
    severity: "error",
    isAllowable: true,
    meaning: "The manifest installs the store on a file system that the system does not mount.",
  },
  "preflight/mount-not-in-fstab": {
    severity: "warning",
    isAllowable: true,
    meaning: "The manifest has a file system that the system does not mount.",
  },
  "preflight/fstab-kernel-name": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The system finds a device by the order in which the kernel found disks or arrays, which may be another at boot.",
  },
  "preflight/fstab-swap-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The system waits for a swap device that nothing on the machine will be.",
  },
  "preflight/fstab-swap-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning: "The system swaps to a device that will carry no swap.",
  },
  "preflight/swap-overwrites": {
    severity: "error",
    isAllowable: false,
    meaning:
      "The system encrypts a swap device anew at every boot, and it carries something else, which would be lost.",
  },
  "preflight/fstab-swap-file": {
    severity: "note",
    isAllowable: false,
    meaning: "The system swaps to a file that the installer does not make.",
  },
  "preflight/swap-not-in-fstab": {
    severity: "warning",
    isAllowable: true,
    meaning: "The manifest has swap that the system does not use.",
  },
  "preflight/luks-not-opened": {
    severity: "error",
    isAllowable: true,
    meaning: "The system needs what is in a LUKS device, and does not open it, or not in time.",
  },
  "preflight/luks-device-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The initrd waits for a LUKS device that nothing on the machine will be.",
  },
  "preflight/luks-name-mismatch": {
    severity: "warning",
    isAllowable: true,
    meaning: "The system opens a LUKS device by another name than the manifest.",
  },
  "preflight/crypttab-device-missing": {
    severity: "warning",
    isAllowable: true,
    meaning: "The system's etc/crypttab has a device that nothing on the machine will be.",
  },
  "preflight/raid-not-assembled": {
    severity: "error",
    isAllowable: true,
    meaning:
      "Root is on an array that the initrd does not assemble, or another needed mount on one that nothing assembles.",
  },
  "preflight/raid-array-unknown": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The mdadm.conf of the system or of its initrd names an array that will not be on the machine.",
  },
  "preflight/lvm-not-activated": {
    severity: "error",
    isAllowable: true,
    meaning: "Root is on a logical volume, and the initrd does not activate volume groups.",
  },
  "preflight/kernel-root-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning: "The kernel parameter root= names another device than the layout puts / on.",
  },
  "preflight/kernel-parameter-ignored": {
    severity: "warning",
    isAllowable: true,
    meaning: "A kernel parameter that other distributions know means nothing to NixOS.",
  },
  "preflight/resume-mismatch": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The system would resume from a device that will be no swap, so that hibernation loses what is in memory.",
  },
  "preflight/resume-offset": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The system would resume from a swap file at a place on the disk that is not known before the file is made.",
  },
  "preflight/resume-size": {
    severity: "warning",
    isAllowable: true,
    meaning: "The swap from which the system resumes is smaller than the machine's memory.",
  },
} as const satisfies FindingKinds;
