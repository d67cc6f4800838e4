import * as v from "valibot";
import { type PartitionTable, partitionKeys } from "./partition.ts";
import { guidAttributes, msdosAttributes } from "./partition-attributes.ts";
import { partitionTypeId, partitionTypeNames, type TableLabel } from "./partition-types.ts";

/** What a disk of the manifest becomes: a new table of that kind, a device without one, or with the table it has. */
export const tableChoice = v.picklist(["gpt", "msdos", "none", "keep"]);

/** A partition as far as the rules of its table go. */
type RuledPartition = Pick<PartitionTable, "attributes" | "keep" | "label" | "type" | "uuid">;

/** A partition with a mistake of its own, of which nothing else can be said. */
const brokenPartition = v.pipe(
  v.unknown(),
  v.transform((): RuledPartition => ({})),
);

/** A disk's table as far as its rules go. */
interface RuledTable {
  /** Left out: `gpt`. */
  readonly table?: v.InferOutput<typeof tableChoice> | undefined;
  readonly wipe: boolean;
  readonly partition: readonly RuledPartition[];
}

/** {@link RuledTable} of what may have mistakes. */
const ruledTable = v.object({
  table: v.optional(tableChoice),
  wipe: v.optional(v.boolean(), false),
  partition: v.optional(v.array(v.union([partitionKeys, brokenPartition])), []),
});

/** A rule that is broken, at a key of the disk or of one of its partitions; the message begins with `expected`. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Entries of a table as tools make it: primary partitions of msdos, and those of GPT. */
const tableEntries: Readonly<Record<TableLabel, number>> = { gpt: 128, msdos: 4 };

/** What types look like in each kind of table. */
const typeForms: Readonly<Record<TableLabel, string>> = {
  gpt: "a name or a GUID: numbers are types of msdos tables",
  msdos:
    "a type that msdos tables have: " +
    `${partitionTypeNames.filter((name) => partitionTypeId("msdos", name) !== undefined).join(", ")}, ` +
    "or a number such as 0x83",
};

function* rulesOfNewTable(
  label: TableLabel,
  partitions: readonly RuledPartition[],
): Generator<BrokenRule> {
  if (partitions.length > tableEntries[label]) {
    const message =
      label === "gpt"
        ? "expected at most 128 partitions, for which GPT has room"
        : "expected at most 4 partitions: logical ones of msdos tables are not supported, GPT has room for 128";
    yield { path: ["partition", tableEntries[label]], message };
  }
  const bootable = partitions.filter(({ attributes }) => attributes?.includes("boot") === true);
  const attributes = label === "gpt" ? guidAttributes : msdosAttributes;
  for (const [index, partition] of partitions.entries()) {
    const at = (key: keyof PartitionTable, message: string): BrokenRule => ({
      path: ["partition", index, key],
      message: `expected ${message}`,
    });
    if (partition.keep === true) yield at("keep", 'true only with table = "keep" for the disk');
    if (partition.type !== undefined && partitionTypeId(label, partition.type) === undefined) {
      yield at("type", typeForms[label]);
    }
    const unknown = partition.attributes?.find((attribute) => !attributes.includes(attribute));
    if (unknown !== undefined) {
      const known = attributes.map((attribute) => JSON.stringify(attribute)).join(", ");
      yield at("attributes", `those that ${label} tables have: ${known}`);
    }
    if (label === "gpt" && partition.uuid?.length === 11) yield at("uuid", "a GUID for GPT");
    if (label === "msdos" && partition.label !== undefined) {
      yield at("label", "none: msdos tables have no names for partitions");
    }
    if (label === "msdos" && partition.uuid !== undefined) {
      yield at("uuid", "none: in msdos tables it is the disk's identifier and the number");
    }
  }
  const [, second] = bootable;
  if (second !== undefined) {
    const path = ["partition", partitions.indexOf(second), "attributes"];
    yield { path, message: 'expected "boot" on one partition only: a BIOS starts from one' };
  }
}

/** What is wrong with the partitions of a disk for the table that it gets; nothing that needs to know the disk. */
export function* brokenRules({
  table = "gpt",
  wipe,
  partition,
}: RuledTable): Generator<BrokenRule> {
  if (table === "none") {
    if (partition.length > 0) {
      const message = 'expected no partitions with table = "none": the disk itself is the device';
      yield { path: ["partition"], message };
    }
    return;
  }
  if (partition.length === 0) {
    const message =
      'expected at least one partition, or table = "none" to use the disk itself as a device';
    yield { path: ["partition"], message };
  }
  if (table !== "keep") {
    yield* rulesOfNewTable(table, partition);
  } else if (wipe) {
    yield { path: ["wipe"], message: 'expected false with table = "keep": nothing is erased' };
  }
}

/** What can be judged of a table with mistakes; `undefined` where it is not known what it is to become. */
function withoutMistakes(table: unknown): RuledTable | undefined {
  const { success, output } = v.safeParse(ruledTable, table);
  return success ? output : undefined;
}

/** {@link brokenRules} as an action of a schema, which judges what it can whatever else is wrong with the table. */
export function tableRules<Table extends RuledTable>() {
  return v.rawCheck<Table>(({ dataset, addIssue }) => {
    const judged = dataset.typed ? dataset.value : withoutMistakes(dataset.value);
    if (judged === undefined) return;
    for (const { path, message } of brokenRules(judged)) {
      const [first, ...others] = path.map(
        (key): v.IssuePathItem => ({
          type: "unknown",
          origin: "value",
          input: dataset.value,
          key,
          value: undefined,
        }),
      );
      if (first !== undefined) addIssue({ message, path: [first, ...others] });
    }
  });
}
