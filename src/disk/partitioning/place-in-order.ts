import { MiB } from "../../values/size.ts";
import { alignDown, alignUp, type Extent, overlaps } from "./extents.ts";
import {
  formatExtent,
  type Place,
  type PlacementRequest,
  placementError,
} from "./placement-request.ts";

/** Partitions that follow each other; only the first may say where it begins. */
interface Sequence {
  readonly start: number;
  readonly requests: PlacementRequest[];
}

/** Cuts the partitions where one says its start. */
function sequencesOf(requests: readonly PlacementRequest[], first: number): Sequence[] {
  const sequences: Sequence[] = [];
  for (const request of requests) {
    const current = sequences.at(-1);
    if (current === undefined || request.start !== undefined) {
      sequences.push({ start: request.start ?? first, requests: [request] });
    } else {
      current.requests.push(request);
    }
  }
  return sequences;
}

/** Where the rest ends, so that what follows it and what is left out of it still fit before `bound`. */
function restEnd(
  after: readonly PlacementRequest[],
  restBut: number,
  bound: number,
  alignment: number,
): number {
  if (after.length === 0) return bound - restBut;
  const needed = after.reduce(
    (sum, { size }) => sum + alignUp(typeof size === "number" ? size : MiB, alignment),
    0,
  );
  return alignDown(bound - restBut - needed, alignment);
}

/** @throws {InstallerError} `refused` when so much is to be left out of the rest that nothing is left of it. */
function checkRest(disk: string, name: string, restBut: number, left: number): void {
  if (restBut === 0 || left >= MiB) return;
  throw placementError(
    disk,
    `partition ${name} of disk.${disk} is to be the rest but ${restBut / MiB} MiB, ` +
      `but only ${Math.max(left + restBut, 0) / MiB} MiB are left`,
    "Use a larger disk or smaller partitions.",
  );
}

/** The places of a sequence; the rest gets at least 1 MiB, and then what follows lies beyond `bound`. */
function placeSequence(
  disk: string,
  { start, requests }: Sequence,
  bound: number,
  alignment: number,
): Place[] {
  const places: Place[] = [];
  let next = start;
  for (const [index, { name, size, start: given }] of requests.entries()) {
    const begin = given ?? alignUp(next, alignment);
    let end = begin + MiB;
    if (typeof size === "number") {
      end = begin + size;
    } else {
      const rest = restEnd(requests.slice(index + 1), size.restBut, bound, alignment);
      checkRest(disk, name, size.restBut, rest - begin);
      end = Math.max(rest, end);
    }
    places.push({ name, start: begin, end });
    next = end;
  }
  return places;
}

/** @throws {InstallerError} `refused` when a place lies beyond the disk's end or in another. */
function checkPlaces(disk: string, places: readonly Place[], usable: Extent): void {
  const beyond = places.find(({ end }) => end > usable.end);
  const last = Math.max(...places.map(({ end }) => end));
  if (beyond !== undefined) {
    throw placementError(
      disk,
      `partition ${beyond.name} of disk.${disk} does not fit: the partitions would end at ${last / MiB} MiB, ` +
        `the disk has room up to ${usable.end / MiB} MiB, ${(last - usable.end) / MiB} MiB are missing`,
      "Use a larger disk or smaller partitions.",
    );
  }
  for (const [index, place] of places.entries()) {
    const other = places.slice(0, index).find((one) => overlaps(one, place));
    if (other === undefined) continue;
    throw placementError(
      disk,
      `the partitions ${other.name} (${formatExtent(other)}) and ${place.name} (${formatExtent(place)}) ` +
        `of disk.${disk} overlap`,
      "Give one of them another start or a smaller size.",
    );
  }
}

/**
 * Places the partitions of a new table: each behind the one before it in the manifest, from the first MiB on, or where
 * it says. The rest reaches up to the next partition that says its start, or to the disk's end, and leaves room for
 * those that follow it. What `"-8GiB"` leaves out stays free behind them.
 *
 * @param disk The disk's name in the manifest.
 * @throws {InstallerError} `refused` when the disk is too small or partitions overlap, naming them and the figures.
 */
export function placeInOrder(
  disk: string,
  requests: readonly PlacementRequest[],
  usable: Extent,
  alignment: number,
): Place[] {
  const sequences = sequencesOf(requests, alignUp(usable.start, alignment));
  const places = sequences.flatMap((sequence) => {
    const nextStarts = sequences
      .map(({ start }) => start)
      .filter((start) => start > sequence.start);
    return placeSequence(disk, sequence, Math.min(usable.end, ...nextStarts), alignment);
  });
  checkPlaces(disk, places, usable);
  return places;
}
