import type { Random } from "./random.ts";

/** Bytes that programs stumble over: bounds of integers, NULs, escapes. */
const interesting = [0, 1, 7, 8, 0x0a, 0x1b, 0x20, 0x2e, 0x2f, 0x3d, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** Numbers that programs stumble over as lengths. */
const lengths = [
  0n,
  1n,
  7n,
  8n,
  255n,
  256n,
  4096n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** What a mutation may take from elsewhere. */
export interface Material {
  /** Another input of the corpus. */
  readonly other: Uint8Array;
  /** Words of the format. */
  readonly dictionary: readonly Uint8Array[];
}

type Mutation = (bytes: Buffer, random: Random, material: Material) => Buffer;

/** A stretch of bytes, mostly a short one. */
function stretch(length: number, random: Random): readonly [number, number] {
  const start = random.below(length + 1);
  const most = random.oneIn(3) ? length - start : Math.min(length - start, 16);
  return [start, start + random.below(most + 1)];
}

function replaced(bytes: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

function changed(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(Math.max(copy.length, 1));
  if (at < copy.length) copy[at] = change(copy[at] ?? 0) & 0xff;
  return copy;
}

/** Replaces the number that is at some place, or puts one there. */
function withNumber(bytes: Buffer, random: Random): Buffer {
  const number = Buffer.alloc(8);
  const value = random.oneIn(2) ? random.pick(lengths) : BigInt(random.below(512));
  if (random.oneIn(2)) number.writeBigUInt64LE(value);
  else number.writeBigUInt64BE(value);
  const width = random.pick([1, 2, 4, 8]);
  const digits = random.oneIn(2) ? number.subarray(0, width) : number.subarray(8 - width);
  const at = random.below(bytes.length + 1);
  return replaced(bytes, at, Math.min(at + width, bytes.length), digits);
}

/** Writes another number where there are decimal digits. */
function withDecimal(bytes: Buffer, random: Random): Buffer {
  const places = [...bytes.toString("latin1").matchAll(/\d+/g)];
  if (places.length === 0) return withNumber(bytes, random);
  const place = random.pick(places);
  const value = random.oneIn(2) ? random.pick(lengths) : BigInt(random.below(100_000));
  return replaced(bytes, place.index, place.index + place[0].length, Buffer.from(`${value}`));
}

function withWord(bytes: Buffer, random: Random, { dictionary }: Material): Buffer {
  if (dictionary.length === 0) return withNumber(bytes, random);
  const word = random.pick(dictionary);
  const at = random.below(bytes.length + 1);
  const end = random.oneIn(2) ? at : Math.min(at + word.length, bytes.length);
  return replaced(bytes, at, end, word);
}

/** Repeats a stretch, seldom many times: what takes more than linear time shows then. */
function repeated(bytes: Buffer, random: Random): Buffer {
  const [start, end] = stretch(bytes.length, random);
  const times = random.oneIn(20) ? 1 + random.below(2000) : 1 + random.below(4);
  const most = Math.max(1, Math.floor(200_000 / Math.max(1, end - start)));
  const copies = Array.from({ length: Math.min(times, most) }, () => bytes.subarray(start, end));
  return replaced(bytes, end, end, Buffer.concat(copies));
}

function moved(bytes: Buffer, random: Random): Buffer {
  const [start, end] = stretch(bytes.length, random);
  const rest = replaced(bytes, start, end, Buffer.alloc(0));
  const at = random.below(rest.length + 1);
  return replaced(rest, at, at, bytes.subarray(start, end));
}

function spliced(bytes: Buffer, random: Random, { other }: Material): Buffer {
  const [start, end] = stretch(bytes.length, random);
  const [from, to] = stretch(other.length, random);
  return replaced(bytes, start, end, other.subarray(from, to));
}

function removed(bytes: Buffer, random: Random): Buffer {
  const [start, end] = stretch(bytes.length, random);
  return replaced(bytes, start, end, Buffer.alloc(0));
}

/** Lines changed as lines: most of the formats are texts. */
function shuffledLines(bytes: Buffer, random: Random, { other }: Material): Buffer {
  const lines = bytes.toString("latin1").split("\n");
  const from = random.below(lines.length);
  const line = random.oneIn(3)
    ? random.pick(Buffer.from(other).toString("latin1").split("\n"))
    : (lines[from] ?? "");
  lines.splice(random.below(lines.length + 1), random.below(2), line);
  if (random.oneIn(3)) lines.splice(from, 1);
  return Buffer.from(lines.join("\n"), "latin1");
}

const mutations: readonly Mutation[] = [
  (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => changed(bytes, random, () => random.pick(interesting)),
  (bytes, random) => changed(bytes, random, (byte) => byte + random.below(17) - 8),
  (bytes, random) => changed(bytes, random, () => random.below(256)),
  withNumber,
  withDecimal,
  withWord,
  withWord,
  repeated,
  moved,
  spliced,
  spliced,
  removed,
  shuffledLines,
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
];

/** An input with one or several things changed about it. */
export function mutate(bytes: Uint8Array, random: Random, material: Material): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  const times = 1 << random.below(4);
  for (let time = 0; time < times; time++) {
    mutated = random.pick(mutations)(mutated, random, material);
  }
  return mutated;
}
