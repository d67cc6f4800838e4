import * as v from "valibot";
import { objectName } from "../../values/names.ts";
import { parsePercent, parseSize } from "../../values/size.ts";
import type { VolumeSize } from "./allocation.ts";

const form = 'expected a size such as "20GiB", or a part of the group such as "50%"';

/** What the `size` of a volume means; left out it is the rest. `undefined` when the text is no such size. */
export function parseVolumeSize(text: string | undefined): VolumeSize | undefined {
  if (text === undefined) return { kind: "rest" };
  const percent = parsePercent(text);
  if (percent !== undefined) return { kind: "percent", percent };
  const bytes = parseSize(text);
  return bytes === undefined ? undefined : { kind: "fixed", bytes };
}

/** Names that LVM keeps for its own volumes (lvm(8), "VALID NAMES"). */
const reservedNames =
  /^(?:snapshot|pvmove)|_(?:cdata|cmeta|corig|cvol|imeta|iorig|mimage|mlog|pmspare|rimage|rmeta|tdata|tmeta|vdata|vorigin|wcorig)/;

/** `[[lvm.NAME.volume]]` */
export const volumeSchema = v.pipe(
  v.strictObject({
    name: v.pipe(
      objectName,
      v.check(
        (name) => !reservedNames.test(name),
        "expected a name that LVM does not keep for itself",
      ),
    ),
    /** Left out by at most one volume: the rest of the group. Virtual for a thin volume. */
    size: v.optional(
      v.pipe(
        v.string(form),
        v.check((text) => parseVolumeSize(text) !== undefined, form),
      ),
    ),
    type: v.optional(v.picklist(["linear", "striped", "raid1", "thin-pool", "thin"]), "linear"),
    /** The thin pool that a thin volume takes its room from. */
    pool: v.optional(objectName),
  }),
  v.forward(
    v.partialCheck(
      [["type"], ["size"]],
      ({ type, size }) => type !== "thin" || parseVolumeSize(size)?.kind === "fixed",
      'expected the size that the thin volume appears to have, such as "20GiB"',
    ),
    ["size"],
  ),
  v.forward(
    v.partialCheck(
      [["type"], ["pool"]],
      ({ type, pool }) => (type === "thin") === (pool !== undefined),
      "expected the name of a thin pool for a thin volume, and none for others",
    ),
    ["pool"],
  ),
);

/** A validated `[[lvm.NAME.volume]]`. */
export type VolumeTable = v.InferOutput<typeof volumeSchema>;
