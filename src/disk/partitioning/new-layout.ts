import type { Disk } from "../../facts/facts.ts";
import { MiB } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import { alignmentOf, usableExtent } from "./extents.ts";
import type { DiskRequest, TableLayout } from "./layout.ts";
import { placeInOrder } from "./place-in-order.ts";
import { placedPartitions } from "./placed-partition.ts";
import { placementError, placementRequests } from "./placement-request.ts";

/** An msdos table and the kernel count an msdos partition's sectors with 32 bits. */
const mostSectors = 2 ** 32;

/** A new table. @throws {InstallerError} `refused` when the disk has no room for it. */
export function newLayout(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): TableLayout {
  const label = request.table === "msdos" ? "msdos" : "gpt";
  const guid = deterministicUuid(seed, `disk.${disk}`);
  const labelId = label === "gpt" ? guid : guid.slice(0, 8);
  const usable = usableExtent(label, bound);
  const requests = placementRequests(request.partition, usable);
  const places = placeInOrder(disk, requests, usable, alignmentOf(bound));
  const limit = mostSectors * bound.logicalSectorSize;
  const beyond = label === "msdos" ? places.find(({ end }) => end > limit) : undefined;
  if (beyond !== undefined) {
    throw placementError(
      disk,
      `partition ${beyond.name} of disk.${disk} would end at ${beyond.end / MiB} MiB, but an msdos table reaches ` +
        `${limit / MiB} MiB on a disk with sectors of ${bound.logicalSectorSize} bytes`,
      'Write table = "gpt", or give the partition a smaller size.',
    );
  }
  const numbers = places.map((_place, index) => index + 1);
  const identity = { disk, seed, label, labelId } as const;
  return {
    label,
    labelId,
    partitions: placedPartitions(identity, request.partition, places, numbers),
  };
}
