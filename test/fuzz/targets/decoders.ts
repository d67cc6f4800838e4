import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { createDecoder } from "../../../src/compression/decoders.ts";
import type { Compression } from "../../../src/nix/narinfo.ts";
import { pipe } from "../../unit/compression/samples.ts";
import type { Random } from "../engine/random.ts";
import { must, PropertyError, pieces, Refusal, type Target } from "../engine/target.ts";

/** Bytes after which nobody asks a decoder on: what it gives is a stream, and whoever takes it knows its length. */
const enough = 4 * 1024 ** 2;

/** Errors of the language itself, which no decoder throws on purpose. */
const accidents = [RangeError, TypeError, ReferenceError, SyntaxError];

interface Outcome {
  readonly output: Buffer;
  readonly error: string | undefined;
  readonly isCutShort: boolean;
}

function undo(compression: Compression, chunks: Iterable<Uint8Array>): Outcome {
  const decoder = createDecoder(compression);
  const output: Buffer[] = [];
  let length = 0;
  const take = (steps: Iterable<Uint8Array>): boolean => {
    for (const piece of steps) {
      output.push(Buffer.from(piece));
      length += piece.length;
      if (length > enough) return false;
    }
    return true;
  };
  const end = (error?: string, isCutShort = false): Outcome => ({
    output: Buffer.concat(output),
    error,
    isCutShort,
  });
  try {
    for (const chunk of chunks) if (!take(decoder.decode(chunk))) return end(undefined, true);
    return take(decoder.finish()) ? end() : end(undefined, true);
  } catch (error) {
    if (!(error instanceof Error) || accidents.some((kind) => error.constructor === kind)) {
      throw error;
    }
    return end(error.message);
  } finally {
    decoder.close();
  }
}

/** Something that has repetitions, runs and noise. */
const plain = Buffer.concat([
  Buffer.from("landfall ".repeat(40)),
  Buffer.alloc(300),
  Buffer.from(Array.from({ length: 300 }, (_, index) => (index * index * 7919) >> 7)),
]);

/** How a format is made, and which program undoes it for comparison. */
interface Format {
  readonly seeds: () => readonly Uint8Array[];
  readonly program?: readonly string[];
}

const formats: Readonly<Record<Exclude<Compression, "none">, Format>> = {
  zstd: {
    seeds: () => [zstdCompressSync(plain), pipe(["zstd", "-19", "-c", "--no-check"], plain)],
    program: ["zstd", "-dc"],
  },
  xz: {
    seeds: () => [pipe(["xz", "-c"], plain), pipe(["xz", "-0c", "--check=none"], plain)],
    program: ["xz", "-dc"],
  },
  gzip: { seeds: () => [gzipSync(plain), gzipSync("")], program: ["gzip", "-dc"] },
  br: { seeds: () => [brotliCompressSync(plain), brotliCompressSync("")] },
  bzip2: { seeds: () => [pipe(["bzip2", "-c"], plain), pipe(["bzip2", "-c"], Buffer.alloc(0))] },
  lzip: { seeds: () => [pipe(["lzip", "-c"], plain)], program: ["lzip", "-dc"] },
  lzma: { seeds: () => [pipe(["xz", "--format=lzma", "-c"], plain)] },
  lz4: {
    seeds: () => [pipe(["lz4", "-c"], plain), pipe(["lz4", "-c", "-BX", "-B4"], plain)],
    program: ["lz4", "-dc"],
  },
};

function run(compression: Compression, input: Buffer, random: Random): void {
  const whole = undo(compression, [input]);
  const inPieces = undo(compression, pieces(input, random));
  const shared = Math.min(whole.output.length, inPieces.output.length);
  must(
    whole.output.subarray(0, shared).equals(inPieces.output.subarray(0, shared)),
    "in several pieces something else comes out",
  );
  if (whole.isCutShort || inPieces.isCutShort) throw new Refusal("endless");
  must(
    (whole.error === undefined) === (inPieces.error === undefined),
    `in one piece: ${whole.error}; in several: ${inPieces.error}`,
  );
  if (whole.error !== undefined) throw new Refusal(whole.error);
  must(whole.output.equals(inPieces.output), "in several pieces another length comes out");
}

function compare(compression: Compression, program: readonly string[]) {
  return async (accepted: readonly Uint8Array[]): Promise<number> => {
    const sample = accepted.filter((input) => input.length > 0);
    for (const input of sample) {
      const { output } = undo(compression, [input]);
      const child = Bun.spawnSync([...program], { stdin: input });
      if (child.exitCode !== 0 || !Buffer.from(child.stdout).equals(output)) {
        const base64 = Buffer.from(input).toString("base64");
        throw new PropertyError(`${program.join(" ")} makes something else of ${base64}`);
      }
    }
    return sample.length;
  };
}

function target([name, { seeds, program }]: [string, Format], compression: Compression): Target {
  return {
    name,
    seeds,
    dictionary: [
      "\u001f\u008b\u0008",
      "BZh9",
      "\u00fd7zXZ\0",
      "LZIP\u0001",
      "\u0028\u00b5\u002f\u00fd",
    ],
    longest: 4096,
    milliseconds: 1500,
    run: (input, random) => run(compression, input, random),
    ...(program === undefined ? {} : { compare: compare(compression, program) }),
  };
}

/** Each compression that caches use. */
export const decoderTargets: readonly Target[] = [
  target(["zstd", formats.zstd], "zstd"),
  target(["xz", formats.xz], "xz"),
  target(["gzip", formats.gzip], "gzip"),
  target(["br", formats.br], "br"),
  target(["bzip2", formats.bzip2], "bzip2"),
  target(["lzip", formats.lzip], "lzip"),
  target(["lzma", formats.lzma], "lzma"),
  target(["lz4", formats.lz4], "lz4"),
];
