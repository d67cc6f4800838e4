import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes of real files to cut contents from: the same for everybody, as the packages have exact versions. */
export interface Corpus {
  /** Machine code and data. */
  readonly binary: Buffer;
  readonly text: Buffer;
  /** Bytes that do not compress, as of pictures and of files that are compressed already. */
  readonly noise: Buffer;
}

/** Programs, by their place in `node_modules`. */
const programs = ["bun/bin/bun.exe", "@biomejs/cli-linux-x64/biome"];

/** Packages of which every source and document is taken. */
const textPackages = ["@iarna/toml", "bun-types", "knip", "typescript", "zod", "valibot"];

const textSuffix = /\.(?:d\.ts|js|mjs|cjs|json|md)$/;

/** Bytes of noise: more than any compression looks back. */
const noiseSize = 16 * 2 ** 20;

/**
 * Reads the corpus from the packages that the project has installed.
 *
 * @param modules A `node_modules`.
 */
export function readCorpus(modules: string): Corpus {
  const noise = Buffer.alloc(noiseSize);
  for (let offset = 0; offset < noiseSize; offset += 64) {
    new Bun.CryptoHasher("sha512").update(`noise ${offset}`).digest().copy(noise, offset);
  }
  return {
    binary: Buffer.concat(programs.map((program) => readFileSync(join(modules, program)))),
    text: Buffer.concat(textPackages.flatMap((name) => texts(join(modules, name)))),
    noise,
  };
}

function texts(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => textSuffix.test(name))
    .toSorted()
    .map((name) => readFileSync(join(directory, name)));
}
