import { InstallerError } from "../../errors.ts";
import type { ExistingPartition, ExistingTable } from "../../facts/partition-table.ts";
import { MiB, parseSize } from "../../values/size.ts";
import { alignUp } from "./extents.ts";
import type { PartitionTable } from "./partition.ts";
import { formatAttributes } from "./partition-attributes.ts";
import { partitionTypeId, partitionTypeName, type TableLabel } from "./partition-types.ts";
import { formatExtent } from "./placement-request.ts";

/** A partition of the manifest that is there already. */
export interface KeptPartition extends ExistingPartition {
  /** Its name in the manifest. */
  readonly name: string;
}

/** The table in which partitions are looked for. */
interface Searched {
  /** The disk's name in the manifest. */
  readonly disk: string;
  /** The disk's node. */
  readonly path: string;
  readonly label: TableLabel;
  readonly table: ExistingTable;
}

/** A partition of a disk, for messages: `2: "Basic data partition", microsoft-basic-data, 1 MiB to 513 MiB`. */
function formatPartition({ number, label, type, start, size }: ExistingPartition): string {
  const parts = [
    ...(label === undefined ? [] : [JSON.stringify(label)]),
    partitionTypeName(type),
    formatExtent({ start, end: start + size }),
  ];
  return `${number}: ${parts.join(", ")}`;
}

function refusal(
  { disk, path, table }: Searched,
  message: string,
  shown: readonly ExistingPartition[] = table.partitions,
): InstallerError {
  const list = shown.map((partition) => `  ${formatPartition(partition)}`);
  const contents = list.length === 0 ? ["  none"] : list;
  return new InstallerError(
    "refused",
    [`${message}; the partitions of ${path} are:`, ...contents].join("\n"),
    {
      object: `disk.${disk}`,
      finding: "preflight/kept-mismatch",
      hint: "Say in the manifest what is on the disk, or check that it is the right disk.",
    },
  );
}

/** What a partition is looked for by, as text for messages and as a test. */
interface Criterion {
  readonly text: string;
  readonly matches: (partition: ExistingPartition) => boolean;
}

function typeCriterion(label: TableLabel, type: string): Criterion {
  const id = partitionTypeId(label, type);
  return { text: `type ${type}`, matches: (partition) => partition.type === id };
}

function criteriaOf(wanted: PartitionTable, label: TableLabel): Criterion[] {
  const { number, uuid, name, type } = wanted;
  const isFoundByName =
    number === undefined && uuid === undefined && wanted.label === undefined && type === undefined;
  const wantedLabel = wanted.label ?? (isFoundByName ? name : undefined);
  const criteria: Criterion[] = [];
  if (number !== undefined) {
    criteria.push({ text: `number ${number}`, matches: (found) => found.number === number });
  }
  if (uuid !== undefined) {
    criteria.push({ text: `PARTUUID ${uuid}`, matches: (found) => found.uuid === uuid });
  }
  if (wantedLabel !== undefined) {
    const text = `label ${JSON.stringify(wantedLabel)}`;
    criteria.push({ text, matches: (found) => found.label === wantedLabel });
  }
  // With anything better to find it by, the type is what it is expected to be.
  if (type !== undefined && criteria.length === 0) criteria.push(typeCriterion(label, type));
  return criteria;
}

function findPartition(wanted: PartitionTable, searched: Searched): ExistingPartition {
  const { table, label, disk } = searched;
  const criteria = criteriaOf(wanted, label);
  const object = `partition ${wanted.name} of disk.${disk}`;
  const what = criteria.map(({ text }) => text).join(" and ");
  const fitting = table.partitions.filter((one) => criteria.every(({ matches }) => matches(one)));
  const { type } = wanted;
  const candidates =
    fitting.length > 1 && type !== undefined
      ? fitting.filter(typeCriterion(label, type).matches)
      : fitting;
  const [found, ...others] = candidates;
  if (found === undefined) {
    throw refusal(searched, `${object} is to be kept, but there is none with ${what}`);
  }
  if (others.length > 0) {
    throw refusal(searched, `${object} is to be kept, but several have ${what}`, candidates);
  }
  return found;
}

/** In what a partition is not as the manifest says, for messages; `undefined` when it is. */
function deviation(
  wanted: PartitionTable,
  found: ExistingPartition,
  label: TableLabel,
): string | undefined {
  const start = parseSize(wanted.start ?? "");
  if (start !== undefined && start !== found.start) {
    return `it starts at byte ${found.start} instead of ${start}`;
  }
  const size = parseSize(wanted.size ?? "");
  // A partition that was made from the same manifest has its size rounded up.
  if (size !== undefined && size !== found.size && alignUp(size, MiB) !== found.size) {
    return `it has ${found.size} bytes instead of ${size}`;
  }
  if (wanted.type !== undefined && partitionTypeId(label, wanted.type) !== found.type) {
    return `its type is ${partitionTypeName(found.type)} instead of ${wanted.type}`;
  }
  const attributes = wanted.attributes && formatAttributes(wanted.attributes);
  if (attributes !== undefined && attributes !== found.attributes) {
    return `its attributes are ${found.attributes || "none"} instead of ${attributes || "none"}`;
  }
  return undefined;
}

/**
 * Finds the partitions of a table that the manifest keeps: by what is given of number, PARTUUID and label; by type where
 * none of these is; by its name as label where the manifest says nothing of it. They must be where and what it says.
 *
 * @throws {InstallerError} `refused` when one is not there, is not the only one, or is not as the manifest says, with
 *   what is on the disk.
 */
export function findKeptPartitions(
  partitions: readonly PartitionTable[],
  searched: Searched,
): KeptPartition[] {
  const kept = new Map<number, KeptPartition>();
  for (const wanted of partitions) {
    const found = findPartition(wanted, searched);
    const different = deviation(wanted, found, searched.label);
    const object = `partition ${wanted.name} of disk.${searched.disk}`;
    if (different !== undefined) {
      throw refusal(searched, `${object} is not what the manifest says: ${different}`, [found]);
    }
    const other = kept.get(found.number);
    if (other !== undefined) {
      throw refusal(searched, `${object} is the same as partition ${other.name}`, [found]);
    }
    kept.set(found.number, { ...found, name: wanted.name });
  }
  return [...kept.values()];
}
