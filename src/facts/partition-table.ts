import * as v from "valibot";
import { exec } from "../run/command.ts";

/** A partition of a table that is on a disk; places in bytes. */
export interface ExistingPartition {
  /** Its number in the table, from 1; the logical ones of an msdos table from 5. */
  readonly number: number;
  readonly start: number;
  readonly size: number;
  /** As sfdisk shows it: a GUID in upper case, or for msdos a hexadecimal number in lower case. */
  readonly type: string;
  /** PARTUUID in lower case, as blkid shows it. */
  readonly uuid?: string;
  /** Its name in a GUID partition table. */
  readonly label?: string;
  /** As sfdisk shows them, `RequiredPartition GUID:60,63`; `boot` for the active partition of an msdos table. */
  readonly attributes: string;
}

/** A partition table as it is on a disk, whatever the kernel has made of it. */
export interface ExistingTable {
  /** As sfdisk names it: `gpt`, `dos`, `sun` … */
  readonly label: string;
  /** GUID of the disk in lower case, or the eight hexadecimal digits of an msdos disk. */
  readonly id: string;
  /** The bytes that partitions may use: from the first to the one behind the last. */
  readonly usable: { readonly start: number; readonly end: number };
  /** How many entries the table has room for. */
  readonly entries: number;
  /** By number. */
  readonly partitions: readonly ExistingPartition[];
}

const upperCase = v.pipe(v.string(), v.toUpperCase());
const lowerCase = v.pipe(v.string(), v.toLowerCase());

const sfdiskOutput = v.object({
  partitiontable: v.object({
    label: v.string(),
    id: v.optional(lowerCase, ""),
    device: v.string(),
    firstlba: v.optional(v.number()),
    lastlba: v.optional(v.number()),
    "table-length": v.optional(v.union([v.number(), v.pipe(v.string(), v.transform(Number))])),
    partitions: v.optional(
      v.array(
        v.object({
          node: v.string(),
          start: v.number(),
          size: v.number(),
          type: v.string(),
          uuid: v.optional(lowerCase),
          name: v.optional(v.string()),
          attrs: v.optional(v.string()),
          bootable: v.optional(v.boolean(), false),
        }),
      ),
      [],
    ),
  }),
});

type ShownTable = v.InferOutput<typeof sfdiskOutput>["partitiontable"];

/** PARTUUID of a partition in an msdos table: `add_partition` and `msdos_partition` in the kernel's `block/partitions`. */
export function msdosPartitionUuid(id: string, number: number): string {
  return `${id}-${number.toString(16).padStart(2, "0")}`;
}

function existingPartition(
  shown: ShownTable["partitions"][number],
  table: ShownTable,
  id: string,
  sectorSize: number,
): ExistingPartition {
  const number = Number(/\d+$/.exec(shown.node.slice(table.device.length))?.[0]);
  const isGuid = table.label === "gpt";
  const uuid = table.label === "dos" ? msdosPartitionUuid(id, number) : shown.uuid;
  return {
    number,
    start: shown.start * sectorSize,
    size: shown.size * sectorSize,
    type: isGuid ? v.parse(upperCase, shown.type) : v.parse(lowerCase, shown.type),
    ...(uuid === undefined ? {} : { uuid }),
    ...(shown.name === undefined ? {} : { label: shown.name }),
    attributes: shown.attrs ?? (shown.bootable ? "boot" : ""),
  };
}

/** Entries of a table that does not say how many it has: sfdisk shows no other number. */
const usualEntries: Readonly<Record<string, number>> = { gpt: 128, dos: 4 };

/**
 * Parses what `sfdisk --json` prints. Throws when that is something else.
 *
 * @param disk Of the disk that carries the table, in bytes.
 */
export function parsePartitionTable(
  text: string,
  disk: { readonly size: number; readonly logicalSectorSize: number },
): ExistingTable {
  const table = v.parse(sfdiskOutput, JSON.parse(text)).partitiontable;
  const sector = disk.logicalSectorSize;
  const id = table.id.replace(/^0x/, "");
  // The kernel and an msdos table count sectors with 32 bits.
  const end = Math.min(disk.size, 2 ** 32 * sector);
  return {
    label: table.label,
    id,
    usable: {
      start: (table.firstlba ?? 1) * sector,
      end: table.lastlba === undefined ? end : (table.lastlba + 1) * sector,
    },
    entries: table["table-length"] ?? usualEntries[table.label] ?? 0,
    partitions: table.partitions
      .map((partition) => existingPartition(partition, table, id, sector))
      .toSorted((a, b) => a.number - b.number),
  };
}

/** The command whose output {@link parsePartitionTable} reads; it changes nothing. @param device A whole disk. */
export function partitionTableCommand(device: string): readonly string[] {
  return ["sfdisk", "--json", device];
}

/** The partition table on a disk; `undefined` when there is none, or none that sfdisk can read. */
export async function readPartitionTable(
  disk: { readonly path: string; readonly size: number; readonly logicalSectorSize: number },
  signal?: AbortSignal,
): Promise<ExistingTable | undefined> {
  try {
    const { stdout } = await exec(partitionTableCommand(disk.path), {
      timeoutSeconds: 60,
      ...(signal === undefined ? {} : { signal }),
    });
    return parsePartitionTable(stdout, disk);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
