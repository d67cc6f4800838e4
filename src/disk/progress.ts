import type { Disk, Facts } from "../facts/facts.ts";
import type { DiskTable } from "./objects/disk.ts";
import { type DiskState, diskState } from "./partitioning/earlier-run.ts";
import { chooseDisk } from "./safety/choose.ts";
import type { NamedDisk } from "./safety/spanning-groups.ts";

/** How far an earlier run of the same manifest has come with the disks. */
export interface LayoutProgress {
  /**
   * `new`: there was none, or what is there is not its own. `unfinished`: it was broken off while it made what is on the
   * disks; all of that is made anew. `made`: it made everything, and nothing of it is made again.
   */
  readonly state: "new" | "unfinished" | "made";
  /** The kernel's nodes of the disks that carry what the earlier run made there. */
  readonly disks: readonly string[];
}

/** The progress of a first run. */
export const noProgress: LayoutProgress = { state: "new", disks: [] };

/** A disk of the manifest with what its table says. */
interface JudgedDisk extends NamedDisk {
  readonly table: DiskTable;
  readonly state: DiskState;
}

/**
 * Recognises what an earlier run of the same manifest has left on the disks, by the identifiers of its partition tables.
 * Pure.
 *
 * The identifiers become final when everything is made, on one disk after the other: so a final one on any disk tells
 * that all is there, unless another disk has been emptied or replaced since. What is not told by a table of the manifest
 * is nobody's, and judged as on any other machine.
 *
 * @param identifierSeed What the identifiers of everything on a disk are derived from.
 */
export function layoutProgress(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
  identifierSeed: (name: string, disk: Disk) => string,
): LayoutProgress {
  const disks: JudgedDisk[] = [];
  for (const [name, table] of Object.entries(tables)) {
    const chosen = chooseDisk(name, table, facts);
    if ("finding" in chosen) return noProgress;
    const { disk } = chosen;
    disks.push({
      name,
      disk,
      table,
      state: diskState(name, disk, table, identifierSeed(name, disk)),
    });
  }
  const told = disks.filter(({ table }) => hasOwnPartitions(table));
  const states = new Set(told.map(({ state }) => state));
  const carry = (wanted: readonly DiskState[]) =>
    told.filter(({ state }) => wanted.includes(state)).map(({ disk }) => disk.path);
  if (states.has("foreign")) return noProgress;
  if (states.has("made")) {
    // What is on a disk without a table is opened as a part of the whole.
    const paths = disks.map(({ disk }) => disk.path);
    return states.has("blank") ? noProgress : { state: "made", disks: paths };
  }
  return states.has("unfinished")
    ? { state: "unfinished", disks: carry(["unfinished"]) }
    : noProgress;
}

/** Whether a run makes partitions on a disk, by which a later one can tell how far it came. */
function hasOwnPartitions({ table, partition }: DiskTable): boolean {
  if (table === "none") return false;
  return table !== "keep" || partition.some(({ keep }) => keep !== true);
}
