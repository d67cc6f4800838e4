import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { FstabEntry } from "../../system-info/system-info.ts";
import { describeDevice } from "./devices/describe-device.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { type FutureDevice, findDevices } from "./devices/future-device.ts";
import { fileSystemsOption, mountedTables, wantedMount } from "./fstab.ts";
import {
  fstabSource,
  holdsStore,
  isMountedAtBoot,
  isOptional,
  subvolumeOf,
} from "./fstab-entry.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

/** Types of blkid that are mounted under other names. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  ntfs: ["ntfs", "ntfs3", "ntfs-3g", "fuseblk"],
  vfat: ["vfat", "msdos", "fat"],
  ext2: ["ext2", "ext3", "ext4"],
  ext3: ["ext3", "ext4"],
};

function isMountableAs(content: string, type: string): boolean {
  return type === "auto" || (otherNames[content] ?? [content]).includes(type);
}

function judgeContent(entry: FstabEntry, device: FutureDevice): Finding[] {
  const { content, isOpaque } = device;
  const { type, mountPoint, options } = entry;
  if (isOpaque || options.includes("x-systemd.makefs")) return [];
  if (content !== undefined && isMountableAs(content.type, type)) return [];
  return [
    makeFinding(
      "preflight/fstab-type-mismatch",
      fileSystemsOption(mountPoint),
      `the system's etc/fstab mounts ${describeDevice(device)} on ${mountPoint} as ${type}, but it will carry ${content?.type ?? "no file system"}`,
      `Add filesystem."${mountPoint}" to the manifest, or the option "nofail" to ${fileSystemsOption(mountPoint)}.options in the NixOS configuration.`,
    ),
  ];
}

/** The subvolumes that a btrfs of the manifest will have; `undefined` for one that is kept. */
function madeSubvolumes(node: string, { storage }: JudgeInputs): readonly string[] | undefined {
  for (const step of storage.steps) {
    if (step.kind === "btrfs" && step.devices.includes(node)) {
      return step.format ? step.subvolumes : undefined;
    }
    if (step.kind === "file-system" && step.device === node) return step.format ? [] : undefined;
  }
  return undefined;
}

function judgeSubvolume(entry: FstabEntry, device: FutureDevice, inputs: JudgeInputs): Finding[] {
  const wanted = subvolumeOf(entry.options);
  if (device.content?.type !== "btrfs" || wanted === undefined || wanted === "") return [];
  const made = madeSubvolumes(device.node, inputs);
  if (made === undefined || made.includes(wanted)) return [];
  return [
    makeFinding(
      "preflight/fstab-subvolume-mismatch",
      fileSystemsOption(entry.mountPoint),
      `the system's etc/fstab mounts the subvolume ${wanted} on ${entry.mountPoint}, which nothing makes`,
      `Add filesystem."${entry.mountPoint}" with subvolume = "${wanted}" to the manifest, or ${JSON.stringify(wanted)} to the subvolumes of its [btrfs].`,
    ),
  ];
}

function missing(entry: FstabEntry): Finding {
  const { mountPoint } = entry;
  return makeFinding(
    "preflight/fstab-device-missing",
    fileSystemsOption(mountPoint),
    `the system's etc/fstab wants ${wantedMount(entry)} on ${mountPoint}, and nothing on this machine will be that`,
    `The system would stop in emergency mode. Add filesystem."${mountPoint}" to the manifest, or the option "nofail" to ${fileSystemsOption(mountPoint)}.options in the NixOS configuration.`,
  );
}

function judgeDevice(entry: FstabEntry, inputs: JudgeInputs): Finding[] {
  const name = parseDeviceName(entry.device);
  if (name === undefined) return [];
  const { found, isCertain } = findDevices(name, inputs.future);
  const [device] = found;
  if (device !== undefined) {
    return [...judgeContent(entry, device), ...judgeSubvolume(entry, device, inputs)];
  }
  if (isCertain) return [missing(entry)];
  const { mountPoint } = entry;
  return [
    makeFinding(
      "preflight/fstab-device-unknown",
      fileSystemsOption(mountPoint),
      `the system's etc/fstab wants ${wantedMount(entry)} on ${mountPoint}, which cannot be seen now`,
      `Make sure that it is there when the system boots: else it stops in emergency mode.`,
    ),
  ];
}

function judgeDataset(entry: FstabEntry, { storage, facts }: JudgeInputs): Finding[] {
  const [pool = "", ...rest] = entry.device.split("/");
  const step = storage.steps.find((each) => each.kind === "zpool" && each.name === pool);
  if (step?.kind === "zpool") {
    const isMade = !step.format || step.datasets.some(({ name }) => name === rest.join("/"));
    return isMade || rest.length === 0 ? [] : [missing(entry)];
  }
  const isThere = facts.disks.some(({ groups = [] }) =>
    groups.some(({ kind, name }) => kind === "zfs-pool" && name === pool),
  );
  return isThere ? [] : [missing(entry)];
}

/** Whether what is installed lies at a place: then whatever the system mounts there hides it. */
function holdsSystem(mountPoint: string, { system }: JudgeInputs): boolean {
  const { loader } = system;
  const bootPaths = [
    ...(loader.grub ?? []).map(({ bootPath }) => bootPath),
    ...(loader.loader === "extlinux" ? ["/boot"] : []),
  ];
  return (
    holdsStore(mountPoint) ||
    bootPaths.some((path) => path === mountPoint || path.startsWith(`${mountPoint}/`))
  );
}

function judgeHidden(entry: FstabEntry, inputs: JudgeInputs): Finding[] {
  const { mountPoint } = entry;
  // NixOS binds the store to itself to make it read-only.
  const isSelf = fstabSource(entry) === "bind" && entry.device === mountPoint;
  if (mountPoint === "/" || isSelf || !holdsSystem(mountPoint, inputs)) return [];
  return [
    makeFinding(
      "preflight/fstab-hides-system",
      fileSystemsOption(mountPoint),
      `the system's etc/fstab mounts ${wantedMount(entry)} on ${mountPoint}, but the manifest mounts nothing there: what is installed would be hidden behind it at boot`,
      `Add filesystem."${mountPoint}" to the manifest, or take ${fileSystemsOption(mountPoint)} out of the NixOS configuration.`,
    ),
  ];
}

/** Whether what the system mounts besides what the manifest knows will be there. Pure. */
export function judgeOtherMounts(inputs: JudgeInputs): Finding[] {
  const tables = mountedTables(inputs);
  return inputs.system.fstab
    .filter((entry) => isMountedAtBoot(entry) && !tables.has(entry.mountPoint))
    .flatMap((entry) => {
      const source = fstabSource(entry);
      if (source === "swap") return [];
      const hidden = judgeHidden(entry, inputs);
      if (hidden.length > 0 || isOptional(entry)) return hidden;
      if (source === "dataset") return judgeDataset(entry, inputs);
      return source === "device" ? judgeDevice(entry, inputs) : [];
    });
}

/** Whether the system mounts everything that the manifest has. Pure. */
export function judgeUnmounted(inputs: JudgeInputs): Finding[] {
  const { fstab, kernelParameters } = inputs.system;
  const mounted = fstab.filter(isMountedAtBoot).map(({ mountPoint }) => mountPoint);
  const missingPlaces = [...mountedTables(inputs).keys()].filter(
    (mountPoint) => mountPoint !== "/" && !mounted.includes(mountPoint),
  );
  // systemd-gpt-auto-generator(8) mounts by partition type.
  const isAutomatic = kernelParameters.some((word) => word.startsWith("root=gpt-auto"));
  return missingPlaces.map((mountPoint) => {
    const option = fileSystemsOption(mountPoint);
    const object = `filesystem."${mountPoint}"`;
    if (holdsStore(mountPoint)) {
      return makeFinding(
        "preflight/store-not-mounted",
        object,
        `the manifest installs to a file system on ${mountPoint}, which the system's etc/fstab does not mount: it would not find itself at boot`,
        `Add ${option} to the NixOS configuration, or take ${object} out of the manifest.`,
      );
    }
    return makeFinding(
      "preflight/mount-not-in-fstab",
      object,
      `the system's etc/fstab does not mount ${mountPoint}${isAutomatic ? ", unless systemd finds it by its partition type" : ""}`,
      `Add ${option} to the NixOS configuration if the system is to use it.`,
    );
  });
}
