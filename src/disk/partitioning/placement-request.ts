import { InstallerError } from "../../errors.ts";
import { MiB, parseSize } from "../../values/size.ts";
import { alignDown, alignUp, type Extent } from "./extents.ts";
import type { PartitionTable } from "./partition.ts";
import { parsePartitionSize } from "./partition-size.ts";

/** A partition that needs a place; bytes, multiples of 1 MiB. */
export interface PlacementRequest {
  /** Its name in the manifest. */
  readonly name: string;
  readonly start?: number;
  readonly size: number | { readonly restBut: number };
}

/** A place for a partition. */
export interface Place extends Extent {
  readonly name: string;
}

/** A refusal about the places of a disk's partitions. */
export function placementError(disk: string, message: string, hint: string): InstallerError {
  return new InstallerError("refused", message, { object: `disk.${disk}`, hint });
}

function inMiB(bytes: number): number {
  return Number((bytes / MiB).toFixed(3));
}

/** A place in a disk, for messages: `1 MiB to 513 MiB`. */
export function formatExtent({ start, end }: Extent): string {
  return `${inMiB(start)} MiB to ${inMiB(end)} MiB`;
}

/**
 * What partitions need. Sizes are rounded up to MiB, parts of the disk down, so that four times 25 % fit.
 *
 * @param usable What parts of the disk are parts of.
 */
export function placementRequests(
  partitions: readonly Pick<PartitionTable, "name" | "start" | "size">[],
  usable: Extent,
): PlacementRequest[] {
  return partitions.map(({ name, start, size }) => {
    const wanted = parsePartitionSize(size) ?? { kind: "fixed", bytes: 0 };
    const given = start === undefined ? undefined : parseSize(start);
    const place = { name, ...(given === undefined ? {} : { start: given }) };
    if (wanted.kind === "rest") return { ...place, size: { restBut: alignUp(wanted.less, MiB) } };
    if (wanted.kind === "fixed") return { ...place, size: alignUp(wanted.bytes, MiB) };
    const part = ((usable.end - usable.start) / 100) * wanted.percent;
    return { ...place, size: Math.max(alignDown(part, MiB), MiB) };
  });
}
