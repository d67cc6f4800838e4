import * as v from "valibot";
import { described, inJsonSchema } from "../../values/described.ts";
import { objectName } from "../../values/names.ts";
import { MiB, parseSize, size } from "../../values/size.ts";
import { wholeNumber } from "../../values/whole-number.ts";
import { guidAttributes, msdosAttributes } from "./partition-attributes.ts";
import { parsePartitionSize, partitionSize } from "./partition-size.ts";
import {
  guidPattern,
  numberPattern,
  partitionTypeId,
  partitionTypeNames,
} from "./partition-types.ts";

/** UTF-16 units that a partition's name has room for: UEFI specification 2.10, table 5.6. */
const longestLabel = 36;

/** Without characters beyond the basic multilingual plane: sfdisk of util-linux 2.38 drops a name that has one. */
const label = v.pipe(
  v.string(),
  v.nonEmpty("expected a text that is not empty"),
  v.maxLength(longestLabel, `expected at most ${longestLabel} characters, as GPT allows`),
  v.regex(
    /^[^\p{Cc}\u{10000}-\u{10ffff}]*$/u,
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
  inJsonSchema({
    anyOf: [
      { enum: partitionTypeNames },
      { pattern: guidPattern.source },
      { pattern: numberPattern.source },
    ],
  }),
);

const uuid = v.pipe(
  v.string(),
  v.regex(
    /^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{8}-[0-9a-fA-F]{2})$/,
    "expected a PARTUUID as blkid prints it",
  ),
  v.toLowerCase(),
);

/** The keys of a partition, each by itself. */
export const partitionKeys = v.strictObject({
  name: described(
    v.pipe(
      objectName,
      v.maxLength(longestLabel, `expected at most ${longestLabel} characters, as GPT allows`),
    ),
    "What other tables refer to it by, behind the name of the disk: main.root.",
  ),
  label: described(
    v.optional(label),
    "Its name in the partition table, as in /dev/disk/by-partlabel; not with msdos. Default: its name.",
  ),
  start: described(
    v.optional(size),
    'Where it begins, in whole MiB. Default: behind the partition before it; with table = "keep", the first free place that holds it.',
  ),
  size: described(
    v.optional(partitionSize),
    'A size such as "1GiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB". One partition of a disk may leave it out and gets the rest.',
  ),
  type: described(
    v.optional(type),
    'What it is for: a name of the Discoverable Partitions Specification, a GUID, or with msdos a number such as "0x83". Default: "linux" for a new partition.',
  ),
  attributes: described(
    v.optional(v.array(v.picklist([...guidAttributes, ...msdosAttributes]))),
    'The attributes that it gets, or must have if it is kept; "boot" only with msdos. Default: none.',
  ),
  keep: described(
    v.optional(v.boolean()),
    "Whether it is there already, in a table that is kept, and stays. It is found by its number, uuid, label and type, as far as they are told, or else by its name as label. Default: false.",
  ),
  number: described(
    v.optional(wholeNumber(1, 128)),
    "Its number in the table; only with keep = true.",
  ),
  uuid: described(
    v.optional(uuid),
    "Its PARTUUID; not with msdos. Default: derived from the seed and its name.",
  ),
});

/** `[[disk.NAME.partition]]`; each rule is judged whatever is wrong with other keys. */
export const partitionSchema = v.pipe(
  partitionKeys,
  v.forward(
    v.partialCheck(
      [["keep"], ["size"]],
      ({ keep, size: text }) =>
        keep !== true || text === undefined || parsePartitionSize(text)?.kind === "fixed",
      'expected a size such as "512MiB" for a partition that is kept',
    ),
    ["size"],
  ),
  v.forward(
    v.partialCheck(
      [["keep"], ["number"]],
      ({ keep, number }) => keep === true || number === undefined,
      "expected none without keep = true: new partitions are numbered in order",
    ),
    ["number"],
  ),
  v.forward(
    v.partialCheck(
      [["keep"], ["start"]],
      ({ keep, start }) =>
        keep === true || start === undefined || (parseSize(start) ?? 0) % MiB === 0,
      "expected a multiple of 1MiB, to which partitions are aligned",
    ),
    ["start"],
  ),
);

/** A validated `[[disk.NAME.partition]]`. */
export type PartitionTable = v.InferOutput<typeof partitionSchema>;
