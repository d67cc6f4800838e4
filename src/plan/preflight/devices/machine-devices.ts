import type { StorageStep } from "../../../disk/objects/index.ts";
import type { Disk, Facts, Holder, Signature } from "../../../facts/facts.ts";
import type { FutureDevice } from "./future-device.ts";
import { diskLinks, partitionLinks, tableNames } from "./planned-devices.ts";

/** Signatures of partition tables, which are no content. */
const tables = ["gpt", "dos", "PMBR", "atari", "sun", "mac", "bsd", "sgi"];

/** What gives further devices when somebody opens it. */
const containers = [
  "crypto_LUKS",
  "LVM2_member",
  "linux_raid_member",
  "isw_raid_member",
  "ddf_raid_member",
  "bcache",
  "zfs_member",
];

/** The disks of which the install leaves nothing. */
function rewrittenDisks(steps: readonly StorageStep[]): readonly string[] {
  return steps.flatMap((step) =>
    step.kind === "partition-table" && step.kept === undefined ? [step.device] : [],
  );
}

function carried(node: string, signatures: readonly Signature[] | undefined) {
  const found = signatures?.find(({ device, type }) => device === node && !tables.includes(type));
  if (found === undefined) return {};
  const { type, uuid, label } = found;
  return {
    content: {
      type,
      ...(uuid === undefined ? {} : { uuid }),
      ...(label === undefined ? {} : { label }),
    },
  };
}

/** The names of a volume of LVM, whose dashes are doubled in that of its mapping (lvm(8)). */
function volumeLinks(name: string): string[] {
  const [, group, volume] = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name) ?? [];
  return group === undefined || volume === undefined
    ? []
    : [`/dev/${group.replaceAll("--", "-")}/${volume.replaceAll("--", "-")}`];
}

/** What is open on a disk now, of which nobody has looked what it carries. */
function openDevice({ kind, device, name, path }: Holder): FutureDevice[] {
  if (path === undefined || kind === "partition") return [];
  const links =
    kind === "device-mapper" ? [`/dev/mapper/${name}`, ...volumeLinks(name)] : [`/dev/md/${name}`];
  return [
    {
      name: path,
      node: path,
      isPlanned: false,
      paths: [path, ...links],
      isOpaque: true,
      madeOn: [device],
      layer: "other",
    },
  ];
}

function devicesOf(disk: Disk): FutureDevice[] {
  const { path, signatures, partitions, table, holders } = disk;
  const common = { isPlanned: false, isOpaque: signatures === undefined, madeOn: [] } as const;
  const whole: FutureDevice = {
    ...common,
    name: path,
    node: path,
    paths: [path, ...diskLinks(disk)],
    ...carried(path, signatures),
    layer: "disk",
  };
  const parts = partitions.map((partition): FutureDevice => {
    const inTable = table?.partitions.find(({ number }) => number === partition.number);
    return {
      ...common,
      name: partition.path,
      node: partition.path,
      paths: [partition.path, ...partitionLinks(disk, partition.number)],
      ...(inTable === undefined ? {} : tableNames(inTable)),
      ...carried(partition.path, signatures),
      layer: "partition",
    };
  });
  return [whole, ...parts, ...holders.flatMap(openDevice)];
}

/**
 * What is on the machine and stays as it is, as the installed system finds it. Pure.
 *
 * @param planned The nodes of the manifest's devices, which are told elsewhere.
 */
export function machineDevices(
  steps: readonly StorageStep[],
  facts: Facts,
  planned: readonly string[],
): FutureDevice[] {
  const rewritten = rewrittenDisks(steps);
  return facts.disks
    .filter(({ path }) => !rewritten.includes(path))
    .flatMap(devicesOf)
    .filter(({ node }) => !planned.includes(node));
}

/** Whether something may come out of a device that stays when it is opened. */
export function isClosed({ isPlanned, isOpaque, content }: FutureDevice): boolean {
  return !isPlanned && (isOpaque || containers.includes(content?.type ?? ""));
}
