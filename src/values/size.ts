import * as v from "valibot";

/** Bytes in a KiB, MiB and GiB. */
export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

/** Bytes in each unit a manifest may use: IEC and SI, as in parted(8). */
const units: Readonly<Record<string, number>> = {
  B: 1,
  KiB,
  MiB,
  GiB,
  TiB: 2 ** 40,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** What sizes and parts of a whole look like: regular expressions without anchors, for ECMAScript and Rust alike. */
export const sizeSource = `[0-9]+ ?(?:${Object.keys(units).join("|")})`;

export const percentSource = String.raw`[0-9]{1,3}(?:\.[0-9]{1,6})? ?%`;

const sizeForm = new RegExp(`^${sizeSource}$`);
const percentForm = new RegExp(`^${percentSource}$`);

/** What a size looks like, for messages. */
const expectedSize = `expected a whole number and a unit (${Object.keys(units).join(", ")}), such as "512MiB"`;

/**
 * The bytes that a size of the manifest stands for, or `undefined` when the text is no size.
 *
 * @example
 * ```ts
 * parseSize("512MiB"); // 536870912
 * ```
 */
export function parseSize(text: string): number | undefined {
  const unit = sizeForm.test(text) ? units[text.replace(/^\d+ ?/, "")] : undefined;
  if (unit === undefined) return undefined;
  const bytes = Number.parseInt(text, 10) * unit;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** The percent that a text such as `25%` stands for: more than 0, at most 100. `undefined` when it is no such text. */
export function parsePercent(text: string): number | undefined {
  const percent = percentForm.test(text) ? Number.parseFloat(text) : 0;
  return percent > 0 && percent <= 100 ? percent : undefined;
}

/** A size of the manifest, kept as it is written. */
export const size = v.pipe(
  v.string(expectedSize),
  v.regex(sizeForm, expectedSize),
  v.check((text) => parseSize(text) !== undefined, expectedSize),
);

/** Bytes for people, in the largest IEC unit that keeps the number at 1 or above: `1.2 GiB`. */
export function formatSize(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.max(
    0,
    Math.min(names.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)),
  );
  const value = bytes / 2 ** (10 * power);
  const digits = Number.isInteger(value) || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${names[power]}`;
}
