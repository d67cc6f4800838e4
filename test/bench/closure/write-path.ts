import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Corpus } from "./corpus.ts";
import type { PathShape } from "./shape.ts";

/** Directories and symbolic links of a path with several files, for each regular file. */
const directoriesPerFile = 0.35;
const linksPerFile = 0.265;

/** Spread of the sizes of files in a path, of the natural logarithm. */
const fileSpreads = [1.2, 1.8, 2.4];

/** Shares of files by what they have, the rest being programs and libraries. */
const textShare = 0.3;
const noiseShare = 0.17;

const words =
  "bin lib share python site-packages locale modules drivers units man doc include terminfo".split(
    " ",
  );
const stems =
  "core util async codec string buffer socket device driver parser config module index".split(" ");

/**
 * Writes a store path: one file when it has one, otherwise a tree. Its text names what it refers to.
 *
 * @param path Where; nothing is there yet.
 * @param references Store paths.
 * @param random Numbers in [0, 1).
 */
export function writePath(
  path: string,
  shape: PathShape,
  references: readonly string[],
  corpus: Corpus,
  random: () => number,
): void {
  const preamble = Buffer.from(references.map((reference) => `# needs ${reference}\n`).join(""));
  if (shape.files === 1) {
    writeFileSync(path, Buffer.concat([preamble, contents(corpus, shape.bytes, random)]));
    return;
  }
  const directories = makeDirectories(path, Math.ceil(shape.files * directoriesPerFile), random);
  const files = fileSizes(shape, random).map((size, index) => {
    const file = join(pick(directories, random), `${pick(stems, random)}-${index}`);
    const mode = random() < 0.12 ? 0o755 : 0o644;
    const data = contents(corpus, size, random);
    writeFileSync(file, index === 0 ? Buffer.concat([preamble, data]) : data, { mode });
    return file;
  });
  for (let index = 0; index < Math.floor(shape.files * linksPerFile); index++) {
    const foreign = random() < 0.15 && references.length > 0;
    const target = foreign ? pick(references, random) : basename(pick(files, random));
    symlinkSync(target, join(pick(directories, random), `link-${index}`));
  }
}

function makeDirectories(path: string, count: number, random: () => number): readonly string[] {
  mkdirSync(path);
  const directories = [path];
  while (directories.length < count) {
    const directory = join(
      pick(directories, random),
      `${pick(words, random)}${directories.length}`,
    );
    mkdirSync(directory);
    directories.push(directory);
  }
  return directories;
}

function fileSizes({ files, bytes }: PathShape, random: () => number): number[] {
  const spread = pick(fileSpreads, random);
  const weights = Array.from({ length: files }, () => Math.exp(spread * normal(random)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => Math.round((bytes * weight) / total));
}

function contents(corpus: Corpus, size: number, random: () => number): Buffer {
  const kind = random();
  if (kind < noiseShare) return slice(corpus.noise, size, random);
  return slice(kind < noiseShare + textShare ? corpus.text : corpus.binary, size, random);
}

/** Bytes from anywhere in a source; what is larger than the source goes on elsewhere in it. */
function slice(source: Buffer, size: number, random: () => number): Buffer {
  const piece = source.length >> 2;
  if (size <= piece) {
    const start = Math.floor(random() * (source.length - size));
    return source.subarray(start, start + size);
  }
  return Buffer.concat([slice(source, piece, random), slice(source, size - piece, random)]);
}

function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

/** A number of the normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
