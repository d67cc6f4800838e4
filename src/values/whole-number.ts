import * as v from "valibot";

/**
 * The schema of a whole number.
 *
 * @param what What it counts, for messages.
 */
export function wholeNumber(least: number, most: number, what = "a whole number") {
  const expected = `expected ${what} from ${least} to ${most}`;
  return v.pipe(
    v.number(),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}
