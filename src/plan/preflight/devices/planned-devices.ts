import { volumePath } from "../../../disk/lvm/configuration.ts";
import type { StorageStep } from "../../../disk/objects/index.ts";
import { partitionPath } from "../../../disk/partitioning/partition-path.ts";
import type { StoragePlan } from "../../../disk/plan-storage.ts";
import { formatMdUuid } from "../../../disk/raid/mdadm.ts";
import type { PlannedDevice } from "../../../disk/storage-object.ts";
import type { Disk, Facts } from "../../../facts/facts.ts";
import type { ExistingPartition } from "../../../facts/partition-table.ts";
import type { FutureDevice } from "./future-device.ts";
import { plannedContents } from "./planned-content.ts";

/** Where a device comes from: how it is found, and what it is made on. */
type Origin = Pick<FutureDevice, "paths" | "madeOn" | "layer"> &
  Partial<Pick<FutureDevice, "partUuid" | "partLabel" | "partType">>;

/** The links below `/dev/disk` by which a disk itself is found. */
export function diskLinks({ links, busPath }: Disk): string[] {
  const byPath = busPath === undefined ? [] : [`/dev/disk/by-path/${busPath}`];
  return [...new Set([...links.filter((link) => link.startsWith("/dev/disk/")), ...byPath])];
}

/** The links to a partition, which are those of its disk with the number behind (`60-persistent-storage.rules`). */
export function partitionLinks(disk: Disk | undefined, number: number): string[] {
  return disk === undefined ? [] : diskLinks(disk).map((link) => `${link}-part${number}`);
}

/** What a partition can be found by of its table's. */
export function tableNames({ uuid, label, type }: ExistingPartition) {
  return {
    ...(uuid === undefined ? {} : { partUuid: uuid }),
    ...(label === undefined ? {} : { partLabel: label }),
    partType: type,
  };
}

function originsOf(step: StorageStep, facts: Facts): [node: string, origin: Origin][] {
  switch (step.kind) {
    case "partition-table": {
      const disk = facts.disks.find(({ path }) => path === step.device);
      const named = [...(step.kept?.partitions ?? []), ...step.partitions];
      return named.map((partition) => [
        partitionPath(step.device, partition.number),
        {
          layer: "partition",
          madeOn: [],
          paths: partitionLinks(disk, partition.number),
          ...tableNames(partition),
        },
      ]);
    }
    case "luks":
      // The names of its mapping are the installed system's choice.
      return [[`/dev/mapper/${step.name}`, { layer: "luks", madeOn: [step.device], paths: [] }]];
    case "raid":
      return [
        [
          step.path,
          {
            layer: "raid",
            madeOn: step.devices,
            paths: [
              `/dev/disk/by-id/md-uuid-${formatMdUuid(step.uuid)}`,
              `/dev/disk/by-id/md-name-any:${step.name}`,
            ],
          },
        ],
      ];
    case "lvm":
      return [...step.volumes, ...step.thinVolumes].map(({ name }) => [
        volumePath(step.name, name),
        {
          layer: "lvm",
          madeOn: step.physicalVolumes.map(({ device }) => device),
          paths: [
            `/dev/${step.name}/${name}`,
            volumePath(step.name, name).replace("/dev/mapper/", "/dev/disk/by-id/dm-name-"),
          ],
        },
      ]);
    case "close":
    case "wipe":
    case "layout-made":
    case "btrfs":
    case "bcachefs":
    case "zpool":
    case "file-system":
    case "swap":
    case "swap-file":
    case "mount":
      break;
  }
  return [];
}

/** A whole disk without a table. */
function wholeDisk({ path }: PlannedDevice, facts: Facts): Origin {
  const disk = facts.disks.find((each) => each.path === path);
  return { layer: "disk", madeOn: [], paths: disk === undefined ? [] : diskLinks(disk) };
}

/** The devices of the manifest, pools aside, as the installed system finds them. Pure. */
export function plannedDevices({ steps, devices }: StoragePlan, facts: Facts): FutureDevice[] {
  const contents = plannedContents(steps, facts);
  const origins = new Map(steps.flatMap((step) => originsOf(step, facts)));
  return [...devices.values()]
    .filter(({ pool }) => pool === undefined)
    .map((device) => {
      const origin = origins.get(device.path) ?? wholeDisk(device, facts);
      const { content, isOpaque = false } = contents.get(device.path) ?? {};
      return {
        name: device.reference,
        node: device.path,
        isPlanned: true,
        ...origin,
        paths: [device.path, ...origin.paths],
        ...(content === undefined ? {} : { content }),
        isOpaque,
      };
    });
}
