import * as v from "valibot";
import { objectName } from "../../values/names.ts";
import { MiB, parseSize, size } from "../../values/size.ts";
import { guidAttributes, msdosAttributes } from "./partition-attributes.ts";
import { parsePartitionSize, partitionSize } from "./partition-size.ts";
import { partitionTypeId } from "./partition-types.ts";

/** UTF-16 units that a partition's name has room for: UEFI specification 2.10, table 5.6. */
const longestLabel = 36;

/** Characters beyond the basic multilingual plane: sfdisk of util-linux 2.38 drops a name that has one. */
const beyondBasicPlane = /[\u{10000}-\u{10ffff}]/u;

const label = v.pipe(
  v.string(),
  v.nonEmpty("expected a text that is not empty"),
  v.maxLength(longestLabel, `expected at most ${longestLabel} characters, as GPT allows`),
  v.check(
    (text) => !/\p{Cc}/u.test(text) && !beyondBasicPlane.test(text),
    "expected a text without control characters and emoji, which partitioning tools do not write",
  ),
);

const type = v.pipe(
  v.string(),
  v.check(
    (text) =>
      partitionTypeId("gpt", text) !== undefined || partitionTypeId("msdos", text) !== undefined,
    'expected a name such as "esp", "bios-boot", "linux", "swap", "luks", "linux-lvm", "linux-raid", "xbootldr", ' +
      '"home", "srv" or "microsoft-basic-data", a GUID, or for an msdos table a number such as "0x83"',
  ),
);

const uuid = v.pipe(
  v.string(),
  v.regex(
    /^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{8}-[0-9a-fA-F]{2})$/,
    "expected a PARTUUID as blkid prints it",
  ),
  v.toLowerCase(),
);

const keys = v.strictObject({
  /** Other tables refer to it as `disk.name`. */
  name: v.pipe(
    objectName,
    v.maxLength(longestLabel, `expected at most ${longestLabel} characters, as GPT allows`),
  ),
  /** Its name in a GUID partition table. Default: `name`. */
  label: v.optional(label),
  /** Its first byte. Default: behind the partition before it; in a table that is kept, the first free place that holds it. */
  start: v.optional(size),
  /** Left out, or the rest but a size, by at most one partition of a disk. */
  size: v.optional(partitionSize),
  /** Default: `linux` for a new partition. */
  type: v.optional(type),
  /** For a new one: the attributes it gets; for one that is kept: those it must have. */
  attributes: v.optional(v.array(v.picklist([...guidAttributes, ...msdosAttributes]))),
  /** Whether it is there already, in a table that is kept, and stays. */
  keep: v.optional(v.boolean()),
  /** Its number in the table, for one that is kept. */
  number: v.optional(
    v.pipe(
      v.number(),
      v.check(
        (value) => Number.isInteger(value) && 1 <= value && value <= 128,
        "expected a whole number from 1 to 128",
      ),
    ),
  ),
  /** PARTUUID. Default: derived from the disk and the name. */
  uuid: v.optional(uuid),
});

type Keys = v.InferOutput<typeof keys>;

/** What is wrong with a partition, by the key that it is about; the message begins with `expected`. */
function* problems(partition: Keys): Generator<{ readonly key: keyof Keys; message: string }> {
  const { keep = false, start } = partition;
  if (keep && partition.size !== undefined) {
    if (parsePartitionSize(partition.size)?.kind !== "fixed") {
      yield {
        key: "size",
        message: 'expected a size such as "512MiB" for a partition that is kept',
      };
    }
  }
  if (!keep && partition.number !== undefined) {
    yield {
      key: "number",
      message: "expected none without keep = true: new partitions are numbered in order",
    };
  }
  if (!keep && start !== undefined && (parseSize(start) ?? 0) % MiB !== 0) {
    yield { key: "start", message: "expected a multiple of 1MiB, to which partitions are aligned" };
  }
}

/** `[[disk.NAME.partition]]` */
export const partitionSchema = v.pipe(
  keys,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    for (const { key, message } of problems(input)) {
      addIssue({
        message,
        path: [{ type: "object", origin: "value", input, key, value: input[key] }],
      });
    }
  }),
);

/** A validated `[[disk.NAME.partition]]`. */
export type PartitionTable = v.InferOutput<typeof partitionSchema>;
