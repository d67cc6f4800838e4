import { MiB } from "../../values/size.ts";

/** Bytes of an extent, the unit in which a group is shared out: LVM's default. */
export const extentSize = 4 * MiB;

/** Bytes before the first extent of a physical volume: the label and the metadata. */
export const physicalVolumeHeader = MiB;

/** How the copies or parts of a volume are spread over the devices of its group (lvmraid(7), lvmthin(7)). */
export type VolumeLayout = "linear" | "striped" | "raid1" | "thin-pool";

/** A physical volume with the extents that it has. */
export interface PhysicalExtents {
  readonly device: string;
  readonly extents: number;
}

/** How large a volume is to be. */
export type VolumeSize =
  /** Bytes that can be used, rounded up to extents. */
  | { readonly kind: "fixed"; readonly bytes: number }
  /** Of the group's extents, all copies and metadata counted, as lvcreate(8) counts percentages. */
  | { readonly kind: "percent"; readonly percent: number }
  | { readonly kind: "rest" };

/** A volume that is to be placed. */
export interface VolumeRequest {
  readonly name: string;
  readonly layout: VolumeLayout;
  readonly size: VolumeSize;
}

/** Extents of a physical volume, counted from 0; both ends belong to it. */
export interface ExtentRange {
  readonly device: string;
  readonly first: number;
  readonly last: number;
}

/** A volume with its place in the group. */
export interface PlacedVolume extends Omit<VolumeRequest, "size"> {
  /** Extents that can be used. */
  readonly extents: number;
  /** The extents from which LVM takes it, its copies and its metadata. */
  readonly ranges: readonly ExtentRange[];
  /** Extents of a thin pool's metadata; as many again are kept for its repair. */
  readonly metadataExtents?: number;
}

/** A volume for which there is no room. */
export interface Shortage {
  readonly volume: string;
  /** Extents on each of how many devices. */
  readonly needed: number;
  readonly devices: number;
  /** The most that so many devices have left, each. */
  readonly available: number;
}

/** Extents of the metadata of a thin pool: 64 bytes for each chunk of 64 KiB, at most 128 MiB (lvmthin(7)). */
function thinMetadata(dataExtents: number): number {
  const largest = (128 * MiB) / extentSize;
  return Math.min(Math.max(Math.ceil(dataExtents / 1024), 1), largest);
}

/** On how many devices a volume has equal parts; 0 for one that may lie anywhere. */
function partsOf(layout: VolumeLayout, devices: number): number {
  if (layout === "raid1") return 2;
  return layout === "striped" ? devices : 0;
}

/** Copies and stripes first, since they need room on several devices at once. */
const ranks: Readonly<Record<VolumeLayout, number>> = {
  raid1: 0,
  striped: 1,
  linear: 2,
  "thin-pool": 2,
};

/** Whatever its layout, what takes the rest comes last. */
function rank({ layout, size }: VolumeRequest): number {
  return ranks[layout] + (size.kind === "rest" ? 10 : 0);
}

/** The free extents of a group. */
class Group {
  readonly #devices: readonly { readonly device: string; readonly extents: number }[];
  readonly #next = new Map<string, number>();

  constructor(devices: readonly PhysicalExtents[]) {
    this.#devices = devices;
  }

  get total(): number {
    return this.#devices.reduce((sum, { extents }) => sum + extents, 0);
  }

  get free(): number {
    return this.#devices.reduce((sum, { device }) => sum + this.freeOn(device), 0);
  }

  freeOn(device: string): number {
    const extents = this.#devices.find((each) => each.device === device)?.extents ?? 0;
    return extents - (this.#next.get(device) ?? 0);
  }

  /** The devices with the most room, in the group's order; as many as there are if there are fewer. */
  roomiest(count: number): string[] {
    const names = this.#devices.map(({ device }) => device);
    const chosen = names.toSorted((a, b) => this.freeOn(b) - this.freeOn(a)).slice(0, count);
    return names.filter((name) => chosen.includes(name));
  }

  takeFrom(device: string, extents: number): ExtentRange {
    const first = this.#next.get(device) ?? 0;
    this.#next.set(device, first + extents);
    return { device, first, last: first + extents - 1 };
  }

  take(extents: number): ExtentRange[] {
    const ranges: ExtentRange[] = [];
    let missing = extents;
    for (const { device } of this.#devices) {
      const part = Math.min(missing, this.freeOn(device));
      if (part === 0) continue;
      ranges.push(this.takeFrom(device, part));
      missing -= part;
    }
    return ranges;
  }
}

/** The extents that a volume may use of a share that counts everything it takes. */
function usableOf(layout: VolumeLayout, share: number, parts: number): number {
  if (layout === "raid1") return Math.floor(share / parts) - 1;
  if (layout === "striped") return Math.floor(share / parts) * parts;
  return layout === "thin-pool" ? share - 2 * thinMetadata(share) : share;
}

function usableExtents({ layout, size }: VolumeRequest, group: Group, parts: number): number {
  if (size.kind === "fixed") {
    const extents = Math.ceil(size.bytes / extentSize);
    return layout === "striped" ? Math.ceil(extents / parts) * parts : extents;
  }
  if (size.kind === "percent") {
    return usableOf(layout, Math.floor((group.total * size.percent) / 100), parts);
  }
  if (parts === 0) return usableOf(layout, group.free, parts);
  const perPart = Math.min(...group.roomiest(parts).map((device) => group.freeOn(device)));
  return usableOf(layout, perPart * parts, parts);
}

function placeVolume(
  request: VolumeRequest,
  devices: number,
  group: Group,
): PlacedVolume | Shortage {
  const { name, layout } = request;
  const parts = partsOf(layout, devices);
  const extents = usableExtents(request, group, parts);
  if (parts > 0) {
    // Each copy of a mirror has one extent of metadata beside it.
    const perPart = layout === "raid1" ? extents + 1 : extents / parts;
    const chosen = group.roomiest(parts);
    const available = Math.min(...chosen.map((device) => group.freeOn(device)));
    if (extents < 1 || perPart > available) {
      return { volume: name, needed: Math.max(perPart, 1), devices: parts, available };
    }
    const ranges = chosen.map((device) => group.takeFrom(device, perPart));
    return { name, layout, extents, ranges };
  }
  const metadataExtents = layout === "thin-pool" ? thinMetadata(extents) : 0;
  const needed = extents + 2 * metadataExtents;
  if (extents < 1 || needed > group.free) {
    return { volume: name, needed: Math.max(needed, 1), devices: 1, available: group.free };
  }
  return {
    name,
    layout,
    extents,
    ranges: group.take(needed),
    ...(layout === "thin-pool" ? { metadataExtents } : {}),
  };
}

/** The extents of a physical volume on a device of so many bytes. */
export function physicalExtents(deviceSize: number): number {
  return Math.max(Math.floor((deviceSize - physicalVolumeHeader) / extentSize), 0);
}

/**
 * Shares a group out among its volumes. LVM is then told where each of them goes, so that it does as was planned, and the
 * order of the volumes in the manifest has no meaning.
 *
 * @returns The volumes in the order in which they are to be made, or the first for which there is no room.
 */
export function placeVolumes(
  devices: readonly PhysicalExtents[],
  requests: readonly VolumeRequest[],
): readonly PlacedVolume[] | Shortage {
  const group = new Group(devices);
  const placed: PlacedVolume[] = [];
  for (const request of requests.toSorted((a, b) => rank(a) - rank(b))) {
    const result = placeVolume(request, devices.length, group);
    if ("volume" in result) return result;
    placed.push(result);
  }
  return placed;
}
