import { formatSize, MiB } from "../../values/size.ts";
import { alignUp, type Extent, freeExtents } from "./extents.ts";
import {
  formatExtent,
  type Place,
  type PlacementRequest,
  placementError,
} from "./placement-request.ts";

/** The usable part of each gap: aligned at its start, in whole MiB. */
function alignedGaps(usable: Extent, taken: readonly Extent[], alignment: number): Extent[] {
  return freeExtents(usable, taken)
    .map(({ start, end }) => {
      const begin = alignUp(start, alignment);
      return { start: begin, end: begin + Math.floor((end - begin) / MiB) * MiB };
    })
    .filter(({ start, end }) => start < end);
}

function formatGaps(gaps: readonly Extent[]): string {
  if (gaps.length === 0) return "nothing is free";
  const list = gaps.map((gap) => `${formatSize(gap.end - gap.start)} (${formatExtent(gap)})`);
  return `free are ${list.join(", ")}`;
}

const hint = "Make it smaller, or make room on the disk with a partitioning tool.";

/** The place of a partition that says its start. */
function placeAt(
  disk: string,
  { name, start = 0, size }: PlacementRequest,
  gaps: readonly Extent[],
): Place {
  const gap = gaps.find((one) => one.start <= start && start < one.end);
  const end =
    typeof size === "number" ? start + size : Math.max((gap?.end ?? 0) - size.restBut, start + MiB);
  if (gap !== undefined && end <= gap.end) return { name, start, end };
  throw placementError(
    disk,
    `partition ${name} of disk.${disk} (${formatExtent({ start, end })}) is not in free space: ${formatGaps(gaps)}`,
    "Give it a start and a size that lie in free space.",
  );
}

/** The place of a partition that says its size: at the start of the first gap that holds it. */
function placeFirst(
  disk: string,
  { name }: PlacementRequest,
  size: number,
  gaps: readonly Extent[],
): Place {
  const gap = gaps.find(({ start, end }) => end - start >= size);
  if (gap !== undefined) return { name, start: gap.start, end: gap.start + size };
  throw placementError(
    disk,
    `partition ${name} of disk.${disk} needs ${formatSize(size)} in one piece, but ${formatGaps(gaps)}`,
    hint,
  );
}

/** The place of the rest: the largest gap, the first of several. */
function placeRest(
  disk: string,
  { name }: PlacementRequest,
  restBut: number,
  gaps: readonly Extent[],
): Place {
  const [gap] = gaps.toSorted((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  if (gap !== undefined && gap.end - restBut > gap.start) {
    return { name, start: gap.start, end: gap.end - restBut };
  }
  const but = restBut === 0 ? "" : ` but ${formatSize(restBut)}`;
  throw placementError(
    disk,
    `partition ${name} of disk.${disk} is to be the rest${but}, but ${formatGaps(gaps)}`,
    hint,
  );
}

/**
 * Places new partitions in the free space of a table that is kept: first those that say their start; then those that say
 * their size, each at the start of the first gap on the disk that holds it, in the manifest's order; the rest is what
 * then is the largest gap.
 *
 * @param disk The disk's name in the manifest.
 * @param taken What must not be touched: every partition that is there.
 * @returns The places in the order of the requests.
 * @throws {InstallerError} `refused` when one does not fit, naming it and what is free.
 */
export function placeInGaps(
  disk: string,
  requests: readonly PlacementRequest[],
  usable: Extent,
  taken: readonly Extent[],
  alignment: number,
): Place[] {
  const places: Place[] = [];
  const gaps = () => alignedGaps(usable, [...taken, ...places], alignment);
  // A partition that says its start needs no more alignment than 1 MiB.
  const gapsForStart = () => alignedGaps(usable, [...taken, ...places], MiB);
  for (const request of requests) {
    if (request.start !== undefined) places.push(placeAt(disk, request, gapsForStart()));
  }
  for (const request of requests) {
    if (request.start !== undefined || typeof request.size !== "number") continue;
    places.push(placeFirst(disk, request, request.size, gaps()));
  }
  for (const request of requests) {
    if (request.start !== undefined || typeof request.size === "number") continue;
    places.push(placeRest(disk, request, request.size.restBut, gaps()));
  }
  const order = requests.map(({ name }) => name);
  return places.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
