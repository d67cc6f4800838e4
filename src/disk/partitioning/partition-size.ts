import * as v from "valibot";
import { parsePercent, parseSize, percentSource, sizeSource } from "../../values/size.ts";

/** The `size` of a partition. */
export type PartitionSize =
  | { readonly kind: "fixed"; readonly bytes: number }
  /** Of the part of the disk that partitions may use. */
  | { readonly kind: "percent"; readonly percent: number }
  /** Everything that is left but so many bytes. */
  | { readonly kind: "rest"; readonly less: number };

const form =
  'expected a size such as "512MiB", a part of the disk such as "25%", or the rest but a size, such as "-8GiB"';

/**
 * What the `size` of a partition means; left out it is the rest. `undefined` when the text is no such size.
 *
 * @example
 * ```ts
 * parsePartitionSize("-8GiB"); // { kind: "rest", less: 8589934592 }
 * ```
 */
export function parsePartitionSize(text: string | undefined): PartitionSize | undefined {
  if (text === undefined) return { kind: "rest", less: 0 };
  const percent = parsePercent(text);
  if (percent !== undefined) return { kind: "percent", percent };
  const bytes = parseSize(text.replace(/^-/, ""));
  if (bytes === undefined) return undefined;
  return text.startsWith("-") ? { kind: "rest", less: bytes } : { kind: "fixed", bytes };
}

/** The schema of {@link parsePartitionSize}; the text is kept as it is written. */
export const partitionSize = v.pipe(
  v.string(form),
  v.regex(new RegExp(`^(?:-?${sizeSource}|${percentSource})$`), form),
  v.check((text) => parsePartitionSize(text) !== undefined, form),
);
