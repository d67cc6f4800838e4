import type { Disk } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { diskLinks } from "./devices/planned-devices.ts";
import { grubDisks, placesForGrub } from "./grub-places.ts";
import type { PreflightInputs } from "./inputs.ts";

const object = "boot.loader.grub.devices";

/** What a device on which GRUB is to be installed is on this machine. */
type GrubDevice =
  | { readonly kind: "disk"; readonly disk: Disk }
  | { readonly kind: "partition"; readonly disk: Disk }
  | { readonly kind: "missing" }
  /** A link that the live system does not make. */
  | { readonly kind: "unknown" };

/** A disk's own paths, with those that have a number behind for its partitions. */
function pathsOf(disk: Disk): string[] {
  return [disk.path, ...disk.links, ...diskLinks(disk)];
}

function findDevice(written: string, { facts }: PreflightInputs): GrubDevice {
  const disk = facts.disks.find((each) => pathsOf(each).includes(written));
  if (disk !== undefined) return { kind: "disk", disk };
  const parent = facts.disks.find(
    (each) =>
      each.partitions.some(({ path }) => path === written) ||
      pathsOf(each).some((path) => written.startsWith(`${path}-part`)),
  );
  if (parent !== undefined) return { kind: "partition", disk: parent };
  const isLink = /^\/dev\/disk\/by-(?:id|path)\//.test(written);
  return { kind: isLink && !facts.liveSystem.udev ? "unknown" : "missing" };
}

/** The disks that the manifest names, whether or not they are wiped. */
function manifestDisks({ storage }: PreflightInputs): string[] {
  return storage.steps.flatMap((step) => (step.kind === "partition-table" ? [step.device] : []));
}

/** How to name the disks on which GRUB has a place. */
function advice(inputs: PreflightInputs): string {
  const [place] = placesForGrub(inputs.storage, inputs.facts);
  const disk = inputs.facts.disks.find(({ path }) => path === place);
  const [link = place] = disk === undefined ? [] : diskLinks(disk);
  return link === undefined
    ? 'Set boot.loader.grub.device = "nodev" in the NixOS configuration if GRUB is for UEFI only.'
    : `Set boot.loader.grub.device = "${link}" in the NixOS configuration.`;
}

function judgeDisk(written: string, disk: Disk, inputs: PreflightInputs): Finding[] {
  if (!manifestDisks(inputs).includes(disk.path)) {
    return [
      makeFinding(
        "preflight/grub-device-foreign",
        object,
        `the system installs GRUB on ${written}, which is ${disk.path}, a disk that the manifest does not name`,
        advice(inputs),
      ),
    ];
  }
  if (!placesForGrub(inputs.storage, inputs.facts).includes(disk.path)) {
    return [
      makeFinding(
        "preflight/grub-device-no-place",
        object,
        `the system installs GRUB on ${written}, which is ${disk.path}, and that has no BIOS boot partition`,
        'Add a partition of 1MiB with type = "bios-boot" to that disk in the manifest, or name another disk in the NixOS configuration.',
      ),
    ];
  }
  const isNumbered = written === disk.path && inputs.facts.disks.length > 1;
  if (!isNumbered) return [];
  return [
    makeFinding(
      "preflight/grub-device-name",
      object,
      `the system installs GRUB on ${written}, which may be another disk after the next boot`,
      advice(inputs),
    ),
  ];
}

function judgeDevice(written: string, inputs: PreflightInputs): Finding[] {
  const found = findDevice(written, inputs);
  switch (found.kind) {
    case "disk":
      return judgeDisk(written, found.disk, inputs);
    case "partition":
      return [
        makeFinding(
          "preflight/grub-device-no-place",
          object,
          `the system installs GRUB on ${written}, which is a partition of ${found.disk.path}: it belongs on the disk`,
          advice(inputs),
        ),
      ];
    case "missing":
      return [
        makeFinding(
          "preflight/grub-device-missing",
          object,
          `the system installs GRUB on ${written}, which this machine does not have`,
          advice(inputs),
        ),
      ];
    case "unknown":
      break;
  }
  return [];
}

/** Disks that were made for GRUB, and get none. */
function judgeLeftOut(devices: readonly string[], inputs: PreflightInputs): Finding[] {
  const { manifest, storage, facts } = inputs;
  if (facts.firmware.kind !== "bios" || devices.length === 0) return [];
  const found = devices.map((written) => findDevice(written, inputs));
  if (found.some(({ kind }) => kind !== "disk")) return [];
  const served = found.flatMap((each) => (each.kind === "disk" ? [each.disk.path] : []));
  return grubDisks(manifest, storage, facts)
    .filter((disk) => !served.includes(disk))
    .map((disk) =>
      makeFinding(
        "preflight/grub-device-left-out",
        object,
        `${disk} has a place for GRUB, but the system installs it on ${devices.join(", ")} only`,
        `Add ${disk} by its link in /dev/disk/by-id to boot.loader.grub.devices in the NixOS configuration if the machine is to start from it.`,
      ),
    );
}

/** Whether the disks that GRUB is installed on are there, the manifest's, and have room for it. Pure. */
export function judgeGrubDevices(inputs: PreflightInputs): Finding[] {
  const { loader, grub = [] } = inputs.system.loader;
  if (loader !== "grub") return [];
  const devices = [...new Set(grub.flatMap((each) => each.devices))].filter(
    (device) => device !== "nodev",
  );
  return [
    ...devices.flatMap((device) => judgeDevice(device, inputs)),
    ...judgeLeftOut(devices, inputs),
  ];
}
