import { InstallerError } from "../../errors.ts";
import type { FindingId } from "../../findings/catalogue.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize } from "../../values/size.ts";
import type { PlannedDevice } from "../storage-object.ts";
import {
  extentSize,
  type PlacedVolume,
  physicalExtents,
  placeVolumes,
  type Shortage,
  type VolumeLayout,
  type VolumeRequest,
} from "./allocation.ts";
import { parseVolumeSize, type VolumeTable } from "./volume.ts";

/** A thin volume: it takes from its pool what is written to it. */
export interface ThinVolume {
  readonly name: string;
  readonly pool: string;
  /** Extents that it appears to have. */
  readonly extents: number;
}

/** What a group is made up of. */
export interface PlannedGroup {
  /** In the order in which they are made. */
  readonly volumes: readonly PlacedVolume[];
  readonly thinVolumes: readonly ThinVolume[];
}

function refuse(
  object: string,
  message: string,
  hint: string,
  finding: FindingId = "preflight/storage",
): never {
  throw new InstallerError("refused", `${object}: ${message}`, { object, hint, finding });
}

function request(table: VolumeTable, layout: VolumeLayout): VolumeRequest {
  const size = parseVolumeSize(table.size);
  if (size === undefined) throw new InstallerError("bug", `the size ${table.size} was not checked`);
  return { name: table.name, layout, size };
}

function describeShortage({ volume, needed, devices, available }: Shortage): string {
  const [need, left] = [needed, Math.max(available, 0)].map((count) =>
    formatSize(count * extentSize),
  );
  return devices === 1
    ? `volume ${volume} needs ${need}, but ${left} are left`
    : `volume ${volume} needs ${need} on each of ${devices} devices, but they have ${left} left`;
}

function judgeDevices(
  object: string,
  devices: readonly PlannedDevice[],
  volumes: readonly VolumeTable[],
): void {
  const spread = volumes.find(({ type }) => type === "raid1" || type === "striped");
  if (spread !== undefined && devices.length < 2) {
    refuse(
      object,
      `volume ${spread.name} is ${spread.type} and needs two devices, but the group has one`,
      "Give the group another device, or make the volume linear.",
    );
  }
  const [first, ...others] = devices;
  const other = others.find(({ sectorSize }) => sectorSize !== first?.sectorSize);
  if (first !== undefined && other !== undefined) {
    refuse(
      object,
      `LVM makes no group of devices with different sectors: ${first.reference} has ${first.sectorSize} bytes, ${other.reference} ${other.sectorSize}`,
      "Make a group for each sector size.",
    );
  }
}

function thinVolume(object: string, table: VolumeTable, pools: readonly string[]): ThinVolume {
  const { name, pool = "" } = table;
  if (!pools.includes(pool)) {
    refuse(
      object,
      `volume ${name} is to be in the thin pool ${pool}, which the group does not have`,
      'Give the group a volume of that name with type = "thin-pool".',
    );
  }
  const size = parseVolumeSize(table.size);
  const bytes = size?.kind === "fixed" ? size.bytes : 0;
  return { name, pool, extents: Math.ceil(bytes / extentSize) };
}

/**
 * Shares a volume group out. Pure.
 *
 * @param object `lvm.NAME`
 * @throws {InstallerError} `refused` for volumes that the devices cannot hold, naming the volume and the numbers.
 */
export function planGroup(
  object: string,
  devices: readonly PlannedDevice[],
  tables: readonly VolumeTable[],
): PlannedGroup {
  judgeDevices(object, devices, tables);
  const physical = devices.map(({ path, size }) => ({
    device: path,
    extents: physicalExtents(size),
  }));
  const requests = tables.flatMap((table) =>
    table.type === "thin" ? [] : [request(table, table.type)],
  );
  const volumes = placeVolumes(physical, requests);
  if ("volume" in volumes) {
    const total = physical.reduce((sum, { extents }) => sum + extents, 0);
    refuse(
      object,
      `${describeShortage(volumes)} of the ${formatSize(total * extentSize)} of the group`,
      "Make volumes smaller, or give the group more room.",
      "preflight/device-too-small",
    );
  }
  const pools = volumes.filter(({ layout }) => layout === "thin-pool").map(({ name }) => name);
  const thinVolumes = tables
    .filter(({ type }) => type === "thin")
    .map((table) => thinVolume(object, table, pools));
  return { volumes, thinVolumes };
}

/** Warnings for thin pools whose volumes appear to have more room than the pool has. */
export function judgeOvercommit(object: string, { volumes, thinVolumes }: PlannedGroup): Finding[] {
  return volumes.flatMap(({ name, extents }) => {
    const promised = thinVolumes
      .filter(({ pool }) => pool === name)
      .reduce((sum, volume) => sum + volume.extents, 0);
    if (promised <= extents) return [];
    return [
      makeFinding(
        "preflight/thin-pool-overcommitted",
        object,
        `the volumes in the thin pool ${name} appear to have ${formatSize(promised * extentSize)}, ` +
          `the pool has ${formatSize(extents * extentSize)}: when it is full, writing to them fails`,
        "Make the pool larger or its volumes smaller, unless somebody watches how full it is.",
      ),
    ];
  });
}
