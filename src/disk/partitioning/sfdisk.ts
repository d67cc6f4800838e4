import * as v from "valibot";
import type { PlacedPartition } from "./gpt.ts";

/** A GUID partition table to write, or to compare a disk's with. */
export interface GuidPartitionTable {
  /** The disk's GUID. */
  readonly labelId: string;
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
  readonly partitions: readonly PlacedPartition[];
}

const upperCase = v.pipe(v.string(), v.toUpperCase());

const sfdiskOutput = v.object({
  partitiontable: v.object({
    label: v.string(),
    id: upperCase,
    partitions: v.optional(
      v.array(
        v.object({
          start: v.number(),
          size: v.number(),
          type: upperCase,
          uuid: v.optional(upperCase),
          name: v.optional(v.string()),
        }),
      ),
      [],
    ),
  }),
});

/** A table as sfdisk shows it; GUIDs in upper case, places in sectors. */
export type ShownTable = v.InferOutput<typeof sfdiskOutput>["partitiontable"];

/** The table as a script for sfdisk's standard input: sfdisk(8), "Script headers" and "Named-fields format". */
export function formatScript(table: GuidPartitionTable): string {
  const lines = table.partitions.map(({ number, name, start, size, type, uuid }) => {
    const place = `start=${start / table.sectorSize}, size=${size / table.sectorSize}`;
    return `${number}: ${place}, type=${type}, uuid=${uuid.toUpperCase()}, name="${name}"`;
  });
  const header = ["label: gpt", `label-id: ${table.labelId.toUpperCase()}`, "unit: sectors"];
  return `${[...header, "", ...lines].join("\n")}\n`;
}

/** Parses what `sfdisk --json` prints. Throws when that is something else. */
export function parseTable(text: string): ShownTable {
  return v.parse(sfdiskOutput, JSON.parse(text)).partitiontable;
}

/** In what a table on a disk differs from the one that was to be written; `undefined` when it is the same. */
export function tableDifference(shown: ShownTable, table: GuidPartitionTable): string | undefined {
  if (shown.label !== "gpt") return `a ${shown.label} table`;
  if (shown.id !== table.labelId.toUpperCase()) return `disk GUID ${shown.id}`;
  if (shown.partitions.length !== table.partitions.length) {
    return `${shown.partitions.length} partitions instead of ${table.partitions.length}`;
  }
  for (const [index, partition] of table.partitions.entries()) {
    const found = shown.partitions[index];
    const same =
      found?.start === partition.start / table.sectorSize &&
      found.size === partition.size / table.sectorSize &&
      found.type === partition.type &&
      found.uuid === partition.uuid.toUpperCase() &&
      found.name === partition.name;
    if (!same) return `partition ${partition.number}, ${partition.name}`;
  }
  return undefined;
}
