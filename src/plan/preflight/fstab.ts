import type { CommonFileSystemTable } from "../../disk/file-systems/file-system-type.ts";
import { fileSystemType } from "../../disk/file-systems/index.ts";
import { formatMdUuid } from "../../disk/raid/mdadm.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { FstabEntry } from "../../system-info/system-info.ts";
import { describeDevice, manifestRemedy, stablePath } from "./devices/describe-device.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { type FutureDevice, findDevices } from "./devices/future-device.ts";
import { fstabSource, isMountedAtBoot, isOptional, subvolumeOf } from "./fstab-entry.ts";
import type { MachineInputs } from "./inputs.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

/** In what a mount of the system is not that of the manifest. */
export interface Difference {
  /** What the layout puts there: `main.root (UUID=…)`. */
  readonly given: string;
  readonly hint: string;
}

/** A mount that the system and the manifest both have. */
export interface CommonMount {
  readonly entry: FstabEntry;
  readonly table: CommonFileSystemTable;
}

/** What the system wants at a mount point, for messages: `/dev/disk/by-label/nixos (ext4)`. */
export function wantedMount({ device, type }: FstabEntry): string {
  return `${device} (${type})`;
}

/** The option of NixOS that a line of fstab comes from. */
export function fileSystemsOption(mountPoint: string): string {
  return `fileSystems."${mountPoint}"`;
}

/** The file systems of the manifest that are mounted when it has been installed, by mount point. */
export function mountedTables({ manifest }: MachineInputs): Map<string, CommonFileSystemTable> {
  const tables: [string, CommonFileSystemTable][] = Object.entries(manifest.filesystem);
  return new Map(tables.filter(([, { options }]) => !options.includes("noauto")));
}

/** The devices that the file system of a table lies on. */
function devicesOf({ device = "" }: CommonFileSystemTable, inputs: JudgeInputs): FutureDevice[] {
  const planned = inputs.storage.devices.get(device);
  const nodes = planned?.members ?? (planned === undefined ? [] : [planned.path]);
  return inputs.future.devices.filter(({ node }) => nodes.includes(node));
}

/** The devices that the manifest has at a mount point; none where that is memory or a directory. */
export function mountedDevicesAt(mountPoint: string, inputs: JudgeInputs): readonly FutureDevice[] {
  const table = mountedTables(inputs).get(mountPoint);
  return table === undefined ? [] : devicesOf(table, inputs);
}

/** Identifiers that follow from the toplevel are others for every system, so no system can know its own. */
function seedAdvice({ manifest }: JudgeInputs): string {
  return manifest.system.seed === undefined
    ? " Without a seed in [system] the UUIDs change with every system: set one first, then take those that `installer plan` prints."
    : "";
}

/** The line of mdadm.conf(5) that gives an array the node that the system wants; none for what is no array. */
function arrayRemedy(
  { device: node }: FstabEntry,
  { layer, madeOn }: FutureDevice,
  { future }: JudgeInputs,
): string {
  const uuid = future.devices.find((each) => each.node === madeOn[0])?.content?.uuid;
  if (layer !== "raid" || uuid === undefined || !/^\/dev\/md(?:\d+$|\/)/.test(node)) return "";
  return `, or add "ARRAY ${node} UUID=${formatMdUuid(uuid)}" to boot.swraid.mdadmConf`;
}

function deviceHint(
  entry: FstabEntry,
  [device]: readonly FutureDevice[],
  inputs: JudgeInputs,
): string {
  const name = parseDeviceName(entry.device);
  if (device === undefined) return "";
  const option = `${fileSystemsOption(entry.mountPoint)}.device = "${stablePath(device)}"`;
  const remedy = name === undefined ? undefined : manifestRemedy(name, device);
  const manifest = remedy === undefined ? "" : `, or in the manifest ${remedy}`;
  const array = arrayRemedy(entry, device, inputs);
  const isByUuid = device.content?.uuid !== undefined && stablePath(device).includes("by-uuid");
  return `In the NixOS configuration set ${option}${array}${manifest}.${isByUuid ? seedAdvice(inputs) : ""}`;
}

/** Whether the device that the system mounts is that of the manifest. */
function deviceDifference(mount: CommonMount, inputs: JudgeInputs): Difference | undefined {
  const { entry, table } = mount;
  const expected = devicesOf(table, inputs);
  // bcachefs takes all of its devices at once.
  const names = entry.device.split(":/").map((part, index) => (index === 0 ? part : `/${part}`));
  const lookups = names.map((written) => {
    const name = parseDeviceName(written);
    return name === undefined ? [] : findDevices(name, inputs.future).found;
  });
  const found = lookups.flat();
  if (found.some(({ node }) => expected.some((device) => device.node === node))) return undefined;
  // What is kept where nobody can look may have any UUID or label.
  const name = parseDeviceName(entry.device);
  const isContentName = name !== undefined && "tag" in name && !name.tag.startsWith("PART");
  if (isContentName && expected.some(({ isOpaque }) => isOpaque)) return undefined;
  const [other] = found;
  const [first] = expected;
  return {
    given: `${first === undefined ? table.device : describeDevice(first)}${other === undefined ? "" : `; the former is ${describeDevice(other)}`}`,
    hint: deviceHint(entry, expected, inputs),
  };
}

function memoryDifference({ entry, table }: CommonMount): Difference | undefined {
  const { type } = table;
  if (fstabSource(entry) === "virtual" && entry.type === type) return undefined;
  return {
    given: `memory (${type})`,
    hint: `Set ${fileSystemsOption(entry.mountPoint)}.fsType = "${type}" in the NixOS configuration, or name a device in the manifest.`,
  };
}

function bindDifference({ entry, table }: CommonMount): Difference | undefined {
  const { device = "" } = table;
  if (fstabSource(entry) === "bind" && entry.device === device) return undefined;
  return {
    given: `the directory ${device} (bind)`,
    hint: `Set ${fileSystemsOption(entry.mountPoint)} = { device = "${device}"; fsType = "none"; options = [ "bind" ]; } in the NixOS configuration, or do the same in the manifest as there.`,
  };
}

function datasetDifference({ entry, table }: CommonMount): Difference | undefined {
  const dataset = `${table.device ?? ""}/${table.dataset ?? ""}`;
  if (entry.device === dataset) return undefined;
  return {
    given: `the dataset ${dataset}`,
    hint: `Set ${fileSystemsOption(entry.mountPoint)}.device = "${dataset}" in the NixOS configuration, or the pool and dataset of it in the manifest.`,
  };
}

/** Whether the system mounts the same thing as the manifest, whatever its type. */
export function sourceDifference(mount: CommonMount, inputs: JudgeInputs): Difference | undefined {
  const { type } = mount.table;
  switch (fileSystemType(type).source) {
    case "none":
      return memoryDifference(mount);
    case "path":
      return bindDifference(mount);
    case "device":
      break;
  }
  return type === "zfs" ? datasetDifference(mount) : deviceDifference(mount, inputs);
}

function differenceId({ mountPoint, ...entry }: FstabEntry) {
  if (mountPoint === "/") return "preflight/fstab-root-mismatch";
  return isOptional({ mountPoint, ...entry })
    ? "preflight/fstab-optional-mismatch"
    : "preflight/fstab-mount-mismatch";
}

function judgeType({ entry, table }: CommonMount): Finding[] {
  const { type, mountPoint } = entry;
  if (type === table.type || type === "auto" || fstabSource(entry) === "bind") return [];
  return [
    makeFinding(
      "preflight/fstab-type-mismatch",
      `filesystem."${mountPoint}"`,
      `the system's etc/fstab mounts ${mountPoint} as ${type}, but the layout makes it ${table.type}`,
      `Set type = "${type}" in the manifest, or ${fileSystemsOption(mountPoint)}.fsType = "${table.type}" in the NixOS configuration.`,
    ),
  ];
}

function showSubvolume(path: string): string {
  return path === "" ? "the top level" : `the subvolume ${path}`;
}

function judgeSubvolume({ entry, table }: CommonMount): Finding[] {
  const wanted = subvolumeOf(entry.options);
  const given = table.subvolume ?? "";
  if (table.type !== "btrfs" || wanted === undefined || wanted === given) return [];
  const { mountPoint } = entry;
  const inManifest = wanted === "" ? "leave out subvolume" : `set subvolume = "${wanted}"`;
  const inConfiguration =
    given === "" ? "leave out the option subvol=" : `add the option "subvol=${given}"`;
  return [
    makeFinding(
      "preflight/fstab-subvolume-mismatch",
      `filesystem."${mountPoint}"`,
      `the system's etc/fstab mounts ${showSubvolume(wanted)} on ${mountPoint}, but the manifest ${showSubvolume(given)}`,
      `In the manifest ${inManifest}, or ${inConfiguration} to ${fileSystemsOption(mountPoint)}.options in the NixOS configuration.`,
    ),
  ];
}

function judgeKernelName({ device, mountPoint }: FstabEntry, { future }: JudgeInputs): Finding[] {
  const isDisk = /^\/dev\/(?:[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d)/.test(device);
  const isArray = future.devices.some(({ unstablePaths }) => unstablePaths?.includes(device));
  if (!isDisk && !isArray) return [];
  const pinned = isArray ? ", or give it that node in boot.swraid.mdadmConf" : "";
  return [
    makeFinding(
      "preflight/fstab-kernel-name",
      fileSystemsOption(mountPoint),
      `the system's etc/fstab finds ${mountPoint} as ${device}, which may be another ${isArray ? "array" : "disk"} at the next boot`,
      `Name it by label or UUID in the NixOS configuration${pinned}.`,
    ),
  ];
}

function judgeCommon(mount: CommonMount, inputs: JudgeInputs): Finding[] {
  const { entry } = mount;
  const { mountPoint } = entry;
  const difference = sourceDifference(mount, inputs);
  if (difference === undefined) {
    return [...judgeType(mount), ...judgeSubvolume(mount), ...judgeKernelName(entry, inputs)];
  }
  return [
    makeFinding(
      differenceId(entry),
      `filesystem."${mountPoint}"`,
      `the system's etc/fstab wants ${wantedMount(entry)} on ${mountPoint}, but the layout puts ${difference.given} there`,
      difference.hint,
    ),
  ];
}

function judgeRootThere({ system }: JudgeInputs): Finding[] {
  const isNamed = system.kernelParameters.some(
    (word) => word.startsWith("root=") && word !== "root=fstab",
  );
  if (isNamed || system.fstab.some(({ mountPoint }) => mountPoint === "/")) return [];
  return [
    makeFinding(
      "preflight/fstab-root-missing",
      'filesystem."/"',
      "the system's etc/fstab has no /, and no kernel parameter root= says where it is",
      'Set fileSystems."/" in the NixOS configuration; the system may have been built for a container.',
    ),
  ];
}

/** Whether the system mounts what the manifest mounts at the same places. Pure. */
export function judgeFstab(inputs: JudgeInputs): Finding[] {
  const tables = mountedTables(inputs);
  const common = inputs.system.fstab.filter(isMountedAtBoot).flatMap((entry) => {
    const table = tables.get(entry.mountPoint);
    return table === undefined || entry.type === "swap" ? [] : [{ entry, table }];
  });
  return [...judgeRootThere(inputs), ...common.flatMap((mount) => judgeCommon(mount, inputs))];
}
