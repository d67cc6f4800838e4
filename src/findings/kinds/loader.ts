import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the boot loader that the system installs. */
export const loaderKinds = {
  "preflight/boot-loader-none": {
    severity: "error",
    isAllowable: true,
    meaning: "The system installs no boot loader.",
  },
  "preflight/boot-loader-firmware": {
    severity: "error",
    isAllowable: true,
    meaning: "The system's boot loader is for another firmware than the machine started with.",
  },
  "preflight/boot-loader-unknown": {
    severity: "note",
    isAllowable: false,
    meaning:
      "The system's boot loader is none that the installer knows, so that nothing is judged of it.",
  },
  "preflight/extlinux-on-pc": {
    severity: "warning",
    isAllowable: true,
    meaning: "The system installs a menu for U-Boot, which PCs do not have.",
  },
  "preflight/firmware-32-bit": {
    severity: "error",
    isAllowable: true,
    meaning: "The firmware starts programs of 32 bits only, and the boot loader has 64.",
  },
  "preflight/bootspec-missing": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The system has no boot.json, without which newer builders of systemd-boot write no entry.",
  },
  "preflight/esp-not-mounted": {
    severity: "error",
    isAllowable: true,
    meaning: "The boot loader expects the EFI system partition where the manifest mounts nothing.",
  },
  "preflight/esp-not-vfat": {
    severity: "error",
    isAllowable: true,
    meaning: "What is mounted where the boot loader expects the EFI system partition is no vfat.",
  },
  "preflight/esp-type": {
    severity: "error",
    isAllowable: true,
    meaning:
      "What is mounted where the boot loader expects the EFI system partition has another partition type.",
  },
  "preflight/esp-not-partition": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The EFI system partition is an array or lies in an msdos table, and the bootctl that installs systemd-boot takes only a partition of a GPT.",
  },
  "preflight/xbootldr-type": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The bootctl that installs systemd-boot is to put kernels on what is no partition of the type XBOOTLDR, and takes nothing else.",
  },
  "preflight/grub-without-entry": {
    severity: "error",
    isAllowable: true,
    meaning:
      "GRUB is put where firmware looks only when it is told, and nothing may tell it: the firmware's variables are not written.",
  },
  "preflight/grub-device-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "GRUB is to be installed on a device that the machine does not have.",
  },
  "preflight/grub-device-foreign": {
    severity: "error",
    isAllowable: false,
    meaning: "GRUB would be written to a disk that the manifest does not name.",
  },
  "preflight/grub-device-no-place": {
    severity: "error",
    isAllowable: true,
    meaning: "GRUB is to be installed on a disk or partition that has no place for it.",
  },
  "preflight/grub-device-left-out": {
    severity: "warning",
    isAllowable: true,
    meaning: "A disk has a place for GRUB, and the system installs it on others only.",
  },
  "preflight/grub-device-name": {
    severity: "warning",
    isAllowable: true,
    meaning: "The system installs GRUB by a name that may be another disk's after the next boot.",
  },
  "preflight/boot-room": {
    severity: "error",
    isAllowable: true,
    meaning: "Kernel and initrd do not fit where the boot loader puts them.",
  },
  "preflight/boot-room-tight": {
    severity: "warning",
    isAllowable: true,
    meaning: "Kernel and initrd of a second generation do not fit where the boot loader puts them.",
  },
} as const satisfies FindingKinds;
