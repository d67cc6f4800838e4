/** Maps values to places on a line. */
export interface Scale {
  readonly place: (value: number) => number;
  /** Round values to mark, smallest first. */
  readonly ticks: readonly number[];
}

/** From zero to a round value that is not below the largest, on the line from `start` to `end`. */
export function linearScale(largest: number, start: number, end: number): Scale {
  const rough = largest / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const count = Math.ceil(largest / step - 1e-9);
  return {
    place: (value) => start + ((end - start) * value) / (count * step),
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

/**
 * Equal ratios are equal distances.
 *
 * @param marks Values to mark, smallest first; the scale reaches from the last that is not above the least value to the
 * first that is not below the largest.
 */
export function logarithmicScale(
  values: readonly number[],
  marks: readonly number[],
  start: number,
  end: number,
): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const low = marks.findLast((mark) => mark <= least) ?? least;
  const high = marks.find((mark) => mark >= most) ?? most;
  const length = Math.log(high / low) || 1;
  return {
    place: (value) => start + ((end - start) * Math.log(value / low)) / length,
    ticks: marks.filter((mark) => mark >= low && mark <= high),
  };
}

/** 1, 2, 5, 10, 20 and so on, from below the least of the values to above the largest. */
export function roundMarks(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.floor(Math.log10(Math.max(...values))) + 1;
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return powers.flatMap((power) =>
    [1, 2, 5].map((factor) => (power < 0 ? factor / 10 ** -power : factor * 10 ** power)),
  );
}

/** A value as it stands at a mark, with separators of thousands. */
export function formatTick(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
