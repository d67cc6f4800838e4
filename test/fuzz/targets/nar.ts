import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { NarError, NarParser } from "../../../src/nix/nar.ts";
import type { NarSink } from "../../../src/nix/nar-sink.ts";
import { NarTreeSink } from "../../../src/nix/nar-tree.ts";
import { NarWriter } from "../../../src/nix/nar-writer.ts";
import { exec } from "../../../src/run/command.ts";
import { evilNars, nar, narDirectory, narEntry, narFile, narSymlink } from "../../support/nar.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import type { Random } from "../engine/random.ts";
import { must, PropertyError, parsing, pieces, type Target } from "../engine/target.ts";

const names = ["a", "b", "A", "..", ".", "a/b", "", "\u00e9", "e\u0301", "-x", "__proto__", "a\n"];

/** A tree whose names and order are right mostly. */
function node(random: Random, depth: number): Buffer {
  const kind = random.below(depth > 4 ? 2 : 4);
  if (kind === 0) return narSymlink(random.pick(["a", "/etc/passwd", "../..", "", "a\0b"]));
  if (kind === 1) return narFile("x".repeat(random.below(40)), random.oneIn(2));
  const count = random.below(4);
  const chosen = Array.from({ length: count }, () => random.pick(names));
  const sorted = random.oneIn(8) ? chosen : [...new Set(chosen)].toSorted(byBytes);
  return narDirectory(...sorted.map((name) => narEntry(name, node(random, depth + 1))));
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function checkName(name: Buffer, isRoot: boolean): void {
  const text = name.toString("latin1");
  must(isRoot === (text === ""), "a name is empty that is not the root's, or the other way round");
  must(text !== "." && text !== ".." && !/[/\0]/.test(text), `the name ${JSON.stringify(text)}`);
}

/** Looks at each name before it is given on. */
class CheckingSink implements NarSink {
  readonly #sink: NarSink;
  #depth = 0;

  constructor(sink: NarSink) {
    this.#sink = sink;
  }

  startDirectory(name: Buffer): void {
    checkName(name, this.#depth === 0);
    this.#depth++;
    this.#sink.startDirectory(name);
  }

  endDirectory(): void {
    this.#depth--;
    this.#sink.endDirectory();
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    checkName(name, this.#depth === 0);
    this.#sink.startFile(name, size, executable);
  }

  fileData(chunk: Uint8Array): void {
    must(chunk.length > 0, "an empty piece of a file");
    this.#sink.fileData(chunk);
  }

  endFile(): void {
    this.#sink.endFile();
  }

  symlink(name: Buffer, target: Buffer): void {
    checkName(name, this.#depth === 0);
    this.#sink.symlink(name, target);
  }
}

/** What the parser says of a NAR: nothing when it is sound. */
function verdict(chunks: Iterable<Uint8Array>, sink: NarSink): NarError | undefined {
  const parser = new NarParser(sink);
  try {
    for (const chunk of chunks) parser.write(chunk);
    parser.end();
    return undefined;
  } catch (error) {
    if (error instanceof NarError) return error;
    throw error;
  }
}

const nowhere: NarSink = {
  startDirectory: () => undefined,
  endDirectory: () => undefined,
  startFile: () => undefined,
  fileData: () => undefined,
  endFile: () => undefined,
  symlink: () => undefined,
};

function run(input: Buffer, random: Random): void {
  const written: Buffer[] = [];
  const writer = new NarWriter((chunk) => written.push(Buffer.from(chunk)));
  const whole = verdict([input], new CheckingSink(writer));
  const inPieces = verdict(pieces(input, random), nowhere);
  must(
    whole?.message === inPieces?.message,
    `in one piece: ${whole?.message}; in several: ${inPieces?.message}`,
  );
  parsing(NarError, () => {
    if (whole !== undefined) throw whole;
  });
  writer.end();
  must(Buffer.concat(written).equals(input), "what was read is not what is written");
  const tree = new NarTreeSink();
  must(verdict([input], tree) === undefined && tree.root !== undefined, "the tree is not whole");
}

/** Has Nix unpack each, and pack it again. */
async function compare(accepted: readonly Uint8Array[]): Promise<number> {
  await using scratch = await scratchDirectory("fuzz-nar");
  const place = join(scratch.path, "restored");
  const environment = { PATH: "/usr/bin:/bin", NIX_STATE_DIR: scratch.path, HOME: scratch.path };
  await mkdir(scratch.path, { recursive: true });
  for (const input of accepted) {
    await rm(place, { recursive: true, force: true });
    await exec(["nix-store", "--restore", place], { input, environment });
    const again: Uint8Array[] = [];
    await exec(["nix-store", "--dump", place], {
      environment,
      onOutput: (chunk) => again.push(chunk.slice()),
    });
    if (!Buffer.concat(again).equals(input)) {
      throw new PropertyError(`Nix makes another NAR of ${Buffer.from(input).toString("base64")}`);
    }
  }
  return accepted.length;
}

/** NARs. */
export const narTarget: Target = {
  name: "nar",
  seeds: () => [
    nar(narFile("hello")),
    nar(narFile("", true)),
    nar(narSymlink("/nix/store")),
    nar(narDirectory()),
    nar(narDirectory(narEntry("a", narFile("1")), narEntry("b", narDirectory()))),
    ...evilNars("/tmp/evil")
      .map(({ bytes }) => bytes)
      .filter(({ length }) => length < 4096),
  ],
  dictionary: ["nix-archive-1", "(", ")", "type", "regular", "executable", "contents", "symlink"]
    .concat(["target", "directory", "entry", "name", "node", "..", ".", "/"])
    .map((word) => lengthPrefixed(word)),
  generate: (random) => nar(node(random, 0)),
  run,
  compare,
};

function lengthPrefixed(word: string): string {
  const length = Buffer.alloc(8);
  length.writeUInt32LE(word.length);
  return `${length.toString("latin1")}${word}${"\0".repeat(-word.length & 7)}`;
}
