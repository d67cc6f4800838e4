import { extentSize, type PlacedVolume, physicalVolumeHeader } from "./allocation.ts";
import type { PlannedGroup, ThinVolume } from "./plan-group.ts";

/** A device that becomes a physical volume. */
interface PhysicalVolume {
  readonly device: string;
  /** In LVM's own form. */
  readonly uuid: string;
}

/** A volume group that is to be made. */
export interface NewGroup extends PlannedGroup {
  /** The group's name. */
  readonly name: string;
  /** What is said to each program of LVM. */
  readonly configuration: string;
  readonly physicalVolumes: readonly PhysicalVolume[];
}

function makePhysicalVolume(
  { configuration }: NewGroup,
  { device, uuid }: PhysicalVolume,
): readonly string[] {
  return [
    "pvcreate",
    "--config",
    configuration,
    "--yes",
    "--norestorefile",
    "--uuid",
    uuid,
    "--dataalignment",
    `${physicalVolumeHeader}b`,
    device,
  ];
}

function makeGroup({ configuration, name, physicalVolumes }: NewGroup): readonly string[] {
  return [
    "vgcreate",
    "--config",
    configuration,
    "--yes",
    "--physicalextentsize",
    `${extentSize}b`,
    name,
    ...physicalVolumes.map(({ device }) => device),
  ];
}

/** What lvcreate(8) is told of a layout. */
function layoutArguments({ layout, ranges, metadataExtents = 0 }: PlacedVolume): string[] {
  if (layout === "raid1") return ["--mirrors", "1"];
  if (layout === "striped") return ["--stripes", String(ranges.length)];
  if (layout === "linear") return [];
  // Blocks are zeroed before a volume gets them: nothing of another volume is ever read.
  return ["--poolmetadatasize", `${metadataExtents * extentSize}b`];
}

/** A new volume must not begin with what an older one held at the same place. */
const eraseArguments = ["--yes", "--zero", "y"];
const wipeSignatures = ["--wipesignatures", "y"];

function makeVolume({ configuration, name: group }: NewGroup, volume: PlacedVolume): string[] {
  const { name, layout, extents, ranges } = volume;
  return [
    "lvcreate",
    "--config",
    configuration,
    ...eraseArguments,
    ...(layout === "thin-pool" ? [] : wipeSignatures),
    "--name",
    name,
    "--type",
    layout,
    ...layoutArguments(volume),
    "--extents",
    String(extents),
    group,
    ...ranges.map(({ device, first, last }) => `${device}:${first}-${last}`),
  ];
}

function makeThinVolume(
  { configuration, name: group }: NewGroup,
  { name, pool, extents }: ThinVolume,
): string[] {
  return [
    "lvcreate",
    "--config",
    configuration,
    "--yes",
    ...wipeSignatures,
    "--name",
    name,
    "--type",
    "thin",
    "--virtualsize",
    `${extents * extentSize}b`,
    "--thinpool",
    pool,
    group,
  ];
}

/** The command that activates every volume of a group that is there (vgchange(8)). */
export function activateCommand({ configuration, name }: NewGroup): readonly string[] {
  return ["vgchange", "--config", configuration, "--activate", "y", name];
}

/** The commands that make a group with its volumes, in order (pvcreate(8), vgcreate(8), lvcreate(8)). */
export function groupCommands(group: NewGroup): (readonly string[])[] {
  return [
    ...group.physicalVolumes.map((volume) => makePhysicalVolume(group, volume)),
    makeGroup(group),
    ...group.volumes.map((volume) => makeVolume(group, volume)),
    ...group.thinVolumes.map((volume) => makeThinVolume(group, volume)),
  ];
}
