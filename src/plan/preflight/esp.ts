import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { mountedTables } from "./fstab.ts";
import type { PreflightInputs } from "./inputs.ts";
import { fileSystemAt } from "./mounted-at.ts";

/** A place where a boot loader expects an EFI system partition. */
interface ExpectedEsp {
  readonly path: string;
  /** The NixOS option that says so. */
  readonly option: string;
  /** Whether a mount point has to be just there, and its partition be of the right type (bootctl(1)). */
  readonly isStrict: boolean;
}

function expectedEsps({ system, facts }: PreflightInputs): ExpectedEsp[] {
  const { loader, efiSysMountPoint, grub = [] } = system.loader;
  if (facts.firmware.kind !== "uefi") return [];
  if (loader === "systemd-boot") {
    return efiSysMountPoint === undefined
      ? []
      : [{ path: efiSysMountPoint, option: "boot.loader.efi.efiSysMountPoint", isStrict: true }];
  }
  const option =
    grub.length > 1 ? "boot.loader.grub.mirroredBoots" : "boot.loader.efi.efiSysMountPoint";
  return grub.flatMap(({ efiSysMountPoint: path }) =>
    path === undefined ? [] : [{ path, option, isStrict: false }],
  );
}

function judgePlace({ path, option, isStrict }: ExpectedEsp, inputs: PreflightInputs): Finding[] {
  const { manifest, storage } = inputs;
  const tables = mountedTables(inputs);
  const place = fileSystemAt(path, manifest);
  const table = isStrict || place?.mountPoint === "/" ? tables.get(path) : place?.table;
  const object = `filesystem."${path}"`;
  if (table === undefined) {
    const esp = [...tables].find(
      ([, { device = "" }]) => storage.devices.get(device)?.isEfiSystemPartition === true,
    )?.[0];
    const given =
      esp === undefined ? "mounts nothing there" : `mounts the EFI system partition on ${esp}`;
    return [
      makeFinding(
        "preflight/esp-not-mounted",
        object,
        `the system's boot loader expects the EFI system partition on ${path}, but the manifest ${given}`,
        esp === undefined
          ? `Add ${object} on a partition with type = "esp" to the manifest.`
          : `Set ${option} = "${esp}" in the NixOS configuration, or call it ${object} in the manifest.`,
      ),
    ];
  }
  if (table.type !== "vfat") {
    return [
      makeFinding(
        "preflight/esp-not-vfat",
        object,
        `the system's boot loader expects the EFI system partition there, but it is ${table.type}, which firmware cannot read`,
        'Set type = "vfat".',
      ),
    ];
  }
  const device = storage.devices.get(table.device ?? "");
  if (device === undefined || device.isEfiSystemPartition) return [];
  return [
    makeFinding(
      "preflight/esp-type",
      object,
      `the system's boot loader expects the EFI system partition there, but ${device.reference} has another type`,
      `Set type = "esp" for the partition ${device.reference}; an array of such partitions needs level = 1 and metadata = "1.0".`,
    ),
  ];
}

function judgeXbootldr(inputs: PreflightInputs): Finding[] {
  const { xbootldrMountPoint: path, loader } = inputs.system.loader;
  if (loader !== "systemd-boot" || path === undefined || mountedTables(inputs).has(path)) return [];
  return [
    makeFinding(
      "preflight/esp-not-mounted",
      `filesystem."${path}"`,
      `the system's boot loader expects the partition for kernels (XBOOTLDR) on ${path}, but the manifest mounts nothing there`,
      `Add filesystem."${path}" on a partition with type = "xbootldr" to the manifest, or leave out boot.loader.systemd-boot.xbootldrMountPoint.`,
    ),
  ];
}

/** Whether the boot loader finds its partitions where it expects them. Pure. */
export function judgeEsp(inputs: PreflightInputs): Finding[] {
  const places = expectedEsps(inputs).flatMap((each) => judgePlace(each, inputs));
  return inputs.facts.firmware.kind === "uefi" ? [...places, ...judgeXbootldr(inputs)] : places;
}
