import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the way from the firmware to the system. */
export const bootKinds = {
  "preflight/bios-boot-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The machine started with BIOS firmware, and no disk has a place for GRUB.",
  },
  "preflight/esp-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The machine started with UEFI firmware, and no EFI system partition is mounted.",
  },
  "preflight/efi-variables-read-only": {
    severity: "error",
    isAllowable: true,
    meaning: "The firmware's variables are to be written and cannot be.",
  },
  "preflight/efi-variables-unavailable": {
    severity: "error",
    isAllowable: false,
    meaning:
      "The firmware's variables are to be written, and the live system's kernel has no efivarfs.",
  },
  "preflight/efi-variables-not-mounted": {
    severity: "note",
    isAllowable: false,
    meaning: "The live system has not mounted efivarfs, so that nothing is known of Secure Boot.",
  },
  "preflight/efi-variables-full": {
    severity: "error",
    isAllowable: true,
    meaning: "The firmware has no room for another variable, such as a boot entry.",
  },
  "preflight/secure-boot": {
    severity: "error",
    isAllowable: true,
    meaning: "Secure Boot is on, and the boot loader of the system is not signed.",
  },
  "preflight/secure-boot-unknown": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "Secure Boot is on, and it cannot be told whether the boot loader of the system is signed.",
  },
  "preflight/secure-boot-setup-mode": {
    severity: "note",
    isAllowable: false,
    meaning: "Secure Boot is in setup mode: nothing is checked until keys are enrolled.",
  },
} as const satisfies FindingKinds;
