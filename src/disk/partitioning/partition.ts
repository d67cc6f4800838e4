import * as v from "valibot";
import { objectName } from "../../values/names.ts";
import { size } from "../../values/size.ts";

/** `[[disk.NAME.partition]]` */
export const partitionSchema = v.strictObject({
  /** The GPT partition name, at most 36 UTF-16 units; other tables refer to it as `disk.name`. */
  name: v.pipe(objectName, v.maxLength(36, "expected at most 36 characters, as GPT allows")),
  /** Left out by at most one partition, the last: the rest of the disk. */
  size: v.optional(size),
  type: v.optional(v.picklist(["esp", "bios-boot", "swap", "linux"]), "linux"),
});

/** A validated `[[disk.NAME.partition]]`. */
export type PartitionTable = v.InferOutput<typeof partitionSchema>;
