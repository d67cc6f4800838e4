import { guidPattern, partitionTypeId } from "../../disk/partitioning/partition-types.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { FutureDevice } from "./devices/future-device.ts";
import { plannedDevices } from "./devices/planned-devices.ts";
import { mountedTables } from "./fstab.ts";
import type { PreflightInputs } from "./inputs.ts";

/*
 * What bootctl(1) asks of the partitions that it installs systemd-boot to, and refuses otherwise, unless its environment
 * says not to (systemd's `src/shared/find-esp.c` and `docs/ENVIRONMENT.md`).
 */

/** The device of the manifest that is mounted at a place. */
function deviceAt(path: string, inputs: PreflightInputs): FutureDevice | undefined {
  const { storage, facts } = inputs;
  const node = storage.devices.get(mountedTables(inputs).get(path)?.device ?? "")?.path;
  return plannedDevices(storage, facts).find((device) => device.node === node);
}

/** What a device is instead of a partition of a table that bootctl takes; `undefined` for one of those. */
function otherThanPartition(
  { layer, partType = "" }: FutureDevice,
  tables: readonly "msdos"[],
): string | undefined {
  if (layer === "raid") return "is an array";
  if (layer !== "partition") return "is no partition";
  const isGpt = guidPattern.test(partType);
  return isGpt || tables.includes("msdos") ? undefined : "lies in an msdos table";
}

function judgeEspPartition(inputs: PreflightInputs): Finding[] {
  const { efiSysMountPoint: path, relaxedChecks = [] } = inputs.system.loader;
  const device = path === undefined ? undefined : deviceAt(path, inputs);
  if (device === undefined || relaxedChecks.includes("esp")) return [];
  // What is no EFI system partition at all is told already.
  if (inputs.storage.devices.get(device.name)?.isEfiSystemPartition !== true) return [];
  const problem = otherThanPartition(device, []);
  if (problem === undefined) return [];
  return [
    makeFinding(
      "preflight/esp-not-partition",
      `filesystem."${path}"`,
      `the system's bootctl takes only a partition of a GPT for the EFI system partition, and ${device.name} ${problem}`,
      `Mount a plain partition there, one for each disk with boot.loader.grub.mirroredBoots if need be, or have the NixOS configuration run bootctl with SYSTEMD_RELAX_ESP_CHECKS=1.`,
    ),
  ];
}

function judgeXbootldrPartition(inputs: PreflightInputs): Finding[] {
  const { xbootldrMountPoint: path, relaxedChecks = [] } = inputs.system.loader;
  const device = path === undefined ? undefined : deviceAt(path, inputs);
  if (device === undefined || relaxedChecks.includes("xbootldr")) return [];
  const { partType = "" } = device;
  const isRight = [partitionTypeId("gpt", "xbootldr"), partitionTypeId("msdos", "xbootldr")].some(
    (type) => type === partType,
  );
  const problem =
    otherThanPartition(device, ["msdos"]) ?? (isRight ? undefined : "has another type");
  if (problem === undefined) return [];
  return [
    makeFinding(
      "preflight/xbootldr-type",
      `filesystem."${path}"`,
      `the system's bootctl takes only a partition of the type XBOOTLDR for kernels, and ${device.name} ${problem}`,
      `Set type = "xbootldr" for a partition that is mounted there, or have the NixOS configuration run bootctl with SYSTEMD_RELAX_XBOOTLDR_CHECKS=1.`,
    ),
  ];
}

/** Whether bootctl takes the partitions that systemd-boot is installed to for what they are meant to be. Pure. */
export function judgeBootctlChecks(inputs: PreflightInputs): Finding[] {
  const { facts, system } = inputs;
  if (facts.firmware.kind !== "uefi" || system.loader.loader !== "systemd-boot") return [];
  return [...judgeEspPartition(inputs), ...judgeXbootldrPartition(inputs)];
}
