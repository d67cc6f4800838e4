/** A store path to make. */
export interface PathShape {
  /** Bytes of file contents. */
  readonly bytes: number;
  /** Regular files. */
  readonly files: number;
  /** Of the same group, by index. */
  readonly references: readonly number[];
}

/** Levels that references go down: NixOS systems have 15 to 20. */
const levels = 18;

/** Spread of the sizes of paths, of the natural logarithm: half of a system's paths are a few kilobytes. */
const sizeSpread = 3.3;

/** Share of a closure's bytes that its largest paths have: kernel modules, locales, an interpreter. */
const largestShare = 0.12;

/** Bytes of a closure for each of its files. */
const bytesPerFile = 24_000;

/** Paths that a path refers to, in the mean, beside the one that makes the levels. */
const furtherReferences = 4;

/**
 * The shapes of a group of paths, of which the first is on top: everything is in its closure. Sizes are those of a
 * log-normal distribution cut at the largest, so that groups of the same count differ only by their scale.
 *
 * @param count At least 1.
 * @param bytes Of all file contents together.
 * @param random Numbers in [0, 1).
 */
export function shapeGroup(
  count: number,
  bytes: number,
  random: () => number,
): readonly PathShape[] {
  const sizes = shuffled(scaledSizes(count, bytes), random);
  const files = fileCounts(sizes);
  const references = referenceGraph(count, random);
  return sizes.map((size, index) => ({
    bytes: Math.round(size),
    files: files[index] ?? 1,
    references: [...(references[index] ?? [])].toSorted((a, b) => a - b),
  }));
}

function scaledSizes(count: number, bytes: number): number[] {
  const quantiles = Array.from({ length: count }, (_, index) =>
    Math.exp(sizeSpread * normalQuantile((index + 0.5) / count)),
  );
  const largest = bytes * Math.max(largestShare, 3 / count);
  const at = (scale: number) =>
    quantiles.map((size) => Math.min(largest, Math.max(64, size * scale)));
  return at(rootOf((scale) => sum(at(scale)) - bytes));
}

/** How many files paths of these sizes have: large paths have larger files. */
function fileCounts(sizes: readonly number[]): number[] {
  const total = Math.max(sizes.length, sum(sizes) / bytesPerFile);
  const at = (scale: number) => sizes.map((size) => Math.max(1, Math.round(scale * size ** 0.85)));
  return at(rootOf((scale) => sum(at(scale)) - total));
}

/** References by index: each path has one of the level below, and further ones below, mostly of a few popular paths. */
function referenceGraph(count: number, random: () => number): Set<number>[] {
  const level = Array.from({ length: count }, (_, index) =>
    index === 0 ? levels : Math.floor(((random() + random()) / 2) * levels),
  );
  const byLevel = Array.from({ length: count }, (_, index) => index).toSorted(
    (a, b) => (level[a] ?? 0) - (level[b] ?? 0),
  );
  const below = (limit: number) => byLevel.findIndex((index) => (level[index] ?? 0) >= limit);
  const references = Array.from({ length: count }, () => new Set<number>());
  const referred = new Set<number>();
  const refer = (from: number, to: number | undefined) => {
    if (to === undefined) return;
    references[from]?.add(to);
    referred.add(to);
  };
  for (const index of byLevel) {
    const end = below(level[index] ?? 0);
    if (end <= 0) continue;
    const start = below(level[byLevel[end - 1] ?? 0] ?? 0);
    refer(index, byLevel[start + Math.floor(random() * (end - start))]);
    for (let left = Math.floor(random() * 2 * furtherReferences); left > 0; left--) {
      refer(index, byLevel[Math.floor(random() ** 2.5 * end)]);
    }
  }
  for (const index of byLevel) {
    if (index === 0 || referred.has(index)) continue;
    const start = byLevel.findIndex((other) => (level[other] ?? 0) > (level[index] ?? 0));
    refer(byLevel[start + Math.floor(random() * (count - start))] ?? 0, index);
  }
  return references;
}

function shuffled(values: readonly number[], random: () => number): number[] {
  return values
    .map((value) => ({ value, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Where a rising function crosses zero, for arguments above 0. */
function rootOf(rising: (argument: number) => number): number {
  let [low, high] = [0, 1];
  while (rising(high) < 0 && high < 1e12) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}

/** Quantile of the normal distribution, to 0.005 (Tukey's lambda, lambda 0.1349). */
function normalQuantile(probability: number): number {
  return (probability ** 0.1349 - (1 - probability) ** 0.1349) / 0.1975;
}
