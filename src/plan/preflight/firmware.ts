import type { StoragePlan } from "../../disk/plan-storage.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { placesForGrub } from "./grub-places.ts";
import type { StorageInputs } from "./inputs.ts";
import { mountedDevices } from "./mounted-at.ts";

function judgeBios(facts: Facts, storage: StoragePlan): Finding[] {
  // Without UEFI only PCs have a BIOS; boards of other architectures start by U-Boot and the like.
  const isPc = /^(?:x86_64|i686)-/.test(facts.system);
  if (!isPc || placesForGrub(storage, facts).length > 0) return [];
  return [
    makeFinding(
      "preflight/bios-boot-missing",
      "disk",
      "this machine started with BIOS firmware, but no disk has a BIOS boot partition",
      'Add a partition of 1MiB with type = "bios-boot", or start the live system with UEFI.',
    ),
  ];
}

function judgeUefi(manifest: Manifest, facts: Facts, storage: StoragePlan): Finding[] {
  if (facts.firmware.kind !== "uefi") return [];
  const mounted = mountedDevices(manifest, storage.devices);
  if (!mounted.some(({ isEfiSystemPartition }) => isEfiSystemPartition)) {
    return [
      makeFinding(
        "preflight/esp-missing",
        "filesystem",
        "this machine started with UEFI firmware, but no EFI system partition is mounted",
        'Add a partition with type = "esp" and a vfat file system on it, such as filesystem."/boot"; ' +
          'an array of such partitions needs metadata = "1.0".',
      ),
    ];
  }
  return [];
}

/** The firmware finds a boot loader only where it looks for one. Pure. */
export function judgeFirmware({ manifest, facts, storage }: StorageInputs): Finding[] {
  return facts.firmware.kind === "bios"
    ? judgeBios(facts, storage)
    : judgeUefi(manifest, facts, storage);
}
