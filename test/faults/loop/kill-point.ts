import type { Chance } from "../../unit/disk/random-layout.ts";

/** When an install is killed; it may end before. */
export type KillPoint =
  /** Behind that many beginnings and ends of steps, those included by which a run looks at the disks. */
  | { readonly at: "boundary"; readonly boundary: number }
  /** So many milliseconds behind one of them. */
  | { readonly at: "moment"; readonly boundary: number; readonly milliseconds: number }
  /** When so many bytes have come from the cache, in this run. */
  | { readonly at: "bytes"; readonly bytes: number };

/** Beginnings and ends of the steps of a first run. */
const firstBoundaries = 32;

/** Those of one that goes on, which looks at the disks before. */
const laterBoundaries = 40;

const MB = 1_000_000;

/**
 * Where the runs of a chain are killed. The first one of consecutive seeds is killed at each boundary in turn.
 *
 * @param seed That of the chain.
 */
export function chooseKillPoints(seed: number, chance: Chance, count: number): KillPoint[] {
  return Array.from({ length: count }, (_, run) => {
    const boundary = run === 0 ? 1 + (seed % firstBoundaries) : chance.between(1, laterBoundaries);
    const kind = run === 0 && seed % (2 * firstBoundaries) < firstBoundaries ? 0 : chance.next();
    if (kind < 0.3) return { at: "boundary", boundary };
    if (kind < 0.6) return { at: "moment", boundary, milliseconds: chance.between(0, 800) };
    return { at: "bytes", bytes: chance.between(0, 120 * MB) };
  });
}

/** A kill point in words. */
export function describeKillPoint(point: KillPoint): string {
  if (point.at === "bytes") return `after ${point.bytes} bytes`;
  const behind = point.at === "moment" ? `${point.milliseconds} ms behind ` : "";
  return `${behind}boundary ${point.boundary}`;
}
