import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { MachineInputs } from "./inputs.ts";

/** What a boot entry and the order of the entries take at least, bytes: their names, a device path, a description. */
const entryRoom = 1024;

const without = "or set efi-variables = false in [boot] to boot by the fallback path EFI/BOOT.";

/** Whether the boot loader can write the firmware's variables, where it is to. Pure. */
export function judgeEfiVariables({ manifest, facts }: MachineInputs): Finding[] {
  const { firmware, missingKernelModules } = facts;
  if (firmware.kind !== "uefi" || !manifest.boot["efi-variables"]) return [];
  const object = "boot.efi-variables";
  const cannot = "the firmware's variables cannot be written";
  if (firmware.efiVariables === "read-only") {
    return [
      makeFinding(
        "preflight/efi-variables-read-only",
        object,
        `${cannot}: efivarfs is mounted read-only`,
        `Remount it (mount -o remount,rw /sys/firmware/efi/efivars), ${without}`,
      ),
    ];
  }
  if (firmware.efiVariables === "disabled") {
    return [
      makeFinding(
        "preflight/efi-variables-unavailable",
        object,
        `${cannot}: the live system's kernel was started without the firmware's runtime services`,
        `Start it without efi=noruntime (a real-time kernel: with efi=runtime), ${without}`,
      ),
    ];
  }
  if (firmware.efiVariables === "not-mounted") {
    return missingKernelModules.includes("efivarfs")
      ? [
          makeFinding(
            "preflight/efi-variables-unavailable",
            object,
            `${cannot}: efivarfs is not mounted, and the live system's kernel does not have it`,
            `Start a live system that has it, ${without}`,
          ),
        ]
      : [
          makeFinding(
            "preflight/efi-variables-not-mounted",
            object,
            "efivarfs is not mounted on the live system: the installer mounts it in the target, and cannot tell before whether Secure Boot is on",
          ),
        ];
  }
  if (firmware.freeSpace === undefined || firmware.freeSpace >= entryRoom) return [];
  return [
    makeFinding(
      "preflight/efi-variables-full",
      object,
      `the firmware has ${firmware.freeSpace} bytes left for variables, and a boot entry takes up to ${entryRoom}`,
      `Delete boot entries that nobody needs (efibootmgr -b NUMBER -B) or dumps of crashes (/sys/fs/pstore), ${without}`,
    ),
  ];
}
