import * as v from "valibot";
import { described } from "../../values/described.ts";
import { objectName } from "../../values/names.ts";
import { parsePercent, parseSize, percentSource, sizeSource } from "../../values/size.ts";
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
    name: described(
      v.pipe(
        objectName,
        v.check(
          (name) => !reservedNames.test(name),
          "expected a name that LVM does not keep for itself",
        ),
      ),
      "Its name, to LVM as well; other tables refer to it as GROUP.VOLUME.",
    ),
    size: described(
      v.optional(
        v.pipe(
          v.string(form),
          v.regex(new RegExp(`^(?:${sizeSource}|${percentSource})$`), form),
          v.check((text) => parseVolumeSize(text) !== undefined, form),
        ),
      ),
      'A size, or a part of the group such as "50%", which counts all copies. One volume may leave it out and gets the rest. Of a thin volume it is what the volume appears to have.',
    ),
    type: described(
      v.optional(v.picklist(["linear", "striped", "raid1", "thin-pool", "thin"]), "linear"),
      '"striped" over all devices; "raid1", a mirror on two of them; "thin" volumes take what is written to them from a "thin-pool".',
    ),
    pool: described(
      v.optional(objectName),
      "For a thin volume: the thin pool of the same group that it takes its room from.",
    ),
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
