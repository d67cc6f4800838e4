import type { ExistingPartition, ExistingTable } from "../../facts/partition-table.ts";
import type { TableLayout } from "./layout.ts";

/** What sfdisk calls the kinds of tables. */
const sfdiskLabels = { gpt: "gpt", msdos: "dos", none: "" } as const;

/**
 * A name between quotes in a script: sfdisk decodes bytes written as `\xHH` and knows no other way to write a quote or a
 * backslash (`unhexmangle_string` in util-linux `lib/mangle.c`).
 */
function quote(name: string): string {
  const escaped = [...Buffer.from(name, "utf8")].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9 _.+-]/.test(character)) return character;
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

function scriptLine(partition: ExistingPartition, sectorSize: number): string {
  const { number, start, size, type, uuid, label, attributes } = partition;
  const isGuid = label !== undefined;
  return [
    `${number}: start=${start / sectorSize}`,
    `size=${size / sectorSize}`,
    `type=${type}`,
    ...(isGuid && uuid !== undefined ? [`uuid=${uuid.toUpperCase()}`] : []),
    ...(isGuid ? [`name=${quote(label)}`] : []),
    ...(isGuid && attributes !== "" ? [`attrs="${attributes}"`] : []),
    ...(!isGuid && attributes === "boot" ? ["bootable"] : []),
  ].join(", ");
}

/**
 * The new partitions as a script for sfdisk's standard input, with the table's header unless the table is there:
 * sfdisk(8), "Script headers" and "Named-fields format".
 *
 * @param sectorSize Logical sector size in bytes.
 */
export function formatScript(layout: TableLayout, sectorSize: number): string {
  const id = layout.label === "gpt" ? layout.labelId.toUpperCase() : `0x${layout.labelId}`;
  const header = [`label: ${sfdiskLabels[layout.label]}`, `label-id: ${id}`];
  const lines = layout.partitions.map((partition) => scriptLine(partition, sectorSize));
  return `${[...(layout.kept === undefined ? header : []), "unit: sectors", "", ...lines].join("\n")}\n`;
}

/** The command that writes the script given on standard input, old signatures in the new partitions erased: sfdisk(8). */
export function writeCommand(device: string, layout: TableLayout): readonly string[] {
  const common = ["--no-tell-kernel", "--wipe-partitions=always"];
  return layout.kept === undefined
    ? ["sfdisk", ...common, "--wipe=always", device]
    : // Other partitions of the disk may be in use, and nothing outside the new ones may be erased.
      ["sfdisk", "--append", "--no-reread", ...common, "--wipe=never", device];
}

/** Every partition that a disk is to have, by number. */
function expectedPartitions(layout: TableLayout): readonly ExistingPartition[] {
  return [...(layout.kept?.table.partitions ?? []), ...layout.partitions].toSorted(
    (a, b) => a.number - b.number,
  );
}

function isSame(one: ExistingPartition, other: ExistingPartition): boolean {
  const keys = ["number", "start", "size", "type", "uuid", "label", "attributes"] as const;
  return keys.every((key) => one[key] === other[key]);
}

/** In what a table on a disk differs from the one that is to be there; `undefined` when in nothing. */
export function tableDifference(found: ExistingTable, layout: TableLayout): string | undefined {
  if (found.label !== sfdiskLabels[layout.label]) return `a ${found.label} table`;
  if (found.id !== layout.labelId) return `disk identifier ${found.id}`;
  const expected = expectedPartitions(layout);
  for (const partition of expected) {
    const same = found.partitions.find(({ number }) => number === partition.number);
    if (same === undefined) return `partition ${partition.number} is missing`;
    if (!isSame(same, partition)) return `partition ${partition.number}`;
  }
  if (found.partitions.length === expected.length) return undefined;
  return `${found.partitions.length} partitions instead of ${expected.length}`;
}
