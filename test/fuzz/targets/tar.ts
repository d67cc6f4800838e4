import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import { exec } from "../../../src/run/command.ts";
import { TarballLayout } from "../../../src/store/portable/layout.ts";
import type { TarEntry } from "../../../src/store/portable/tar-entry.ts";
import { TarParser, type TarSink } from "../../../src/store/portable/tar-parser.ts";
import { TreeWriter } from "../../../src/store/portable/tree-writer.ts";
import { buildDirectory, scratchDirectory } from "../../support/scratch.ts";
import { type ArchiveEntry, paxHeader, tarArchive } from "../../unit/store/portable/tar-archive.ts";
import type { Random } from "../engine/random.ts";
import { must, PropertyError, parsing, pieces, type Target } from "../engine/target.ts";

const system = "x86_64-linux";
const top = `nix-2.24.9-${system}`;
const inStore = `${top}/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer`;
const block = 512;

/** Names are as the archive has them, places where they go; what is placed is never outside. */
class PlacingSink implements TarSink {
  readonly names: string[] = [];
  readonly #layout = new TarballLayout(system);
  readonly #writer: TreeWriter | undefined;
  #isPlaced = false;

  constructor(directory?: string) {
    this.#writer = directory === undefined ? undefined : new TreeWriter(directory);
  }

  start(entry: TarEntry): void {
    this.names.push(entry.name);
    const place = this.#layout.place(entry);
    this.#isPlaced = place.kind === "tree" || place.kind === "database";
    if (place.kind !== "tree" && place.kind !== "database") return;
    const parts = place.path.split("/");
    must(
      parts[0] === "store" || place.path.startsWith("var/nix/db/"),
      `it is placed at ${JSON.stringify(place.path)}`,
    );
    must(!parts.some((part) => ["", ".", ".."].includes(part)), JSON.stringify(place.path));
    must(!place.path.includes("\0"), JSON.stringify(place.path));
    const target =
      entry.kind === "hard-link"
        ? this.#layout.place({ ...entry, kind: "file", name: entry.linkName })
        : undefined;
    this.#writer?.create(place.path, entry, target?.kind === "tree" ? target.path : undefined);
  }

  data(chunk: Uint8Array): void {
    if (this.#isPlaced) this.#writer?.write(chunk);
  }

  end(): void {
    this.#writer?.endFile();
  }

  close(): void {
    this.#writer?.close();
  }
}

/** @throws InstallerError what the parser and the layout refuse with. */
function read(chunks: Iterable<Uint8Array>, sink: PlacingSink): void {
  const parser = new TarParser(sink);
  try {
    for (const chunk of chunks) parser.write(chunk);
    parser.end();
  } finally {
    sink.close();
  }
}

function refusalOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof InstallerError) return error.message;
    throw error;
  }
}

/** Unpacks it for real; nothing may come to be beside the directory that it is given. */
function unpack(input: Buffer): void {
  const outer = mkdtempSync(join(buildDirectory, "scratch", "fuzz-tar-"));
  try {
    const inner = join(outer, "a", "b");
    mkdirSync(inner, { recursive: true });
    try {
      read([input], new PlacingSink(inner));
    } catch (error) {
      // What the file system has no names for is not the archive's fault.
      const isSystem = error instanceof Error && "syscall" in error;
      if (!isSystem && !(error instanceof InstallerError)) throw error;
    }
    must(readdirSync(outer).join() === "a", "something was written above");
    must(readdirSync(join(outer, "a")).join() === "b", "something was written beside");
    const made = readdirSync(inner).filter((name) => name !== "store" && name !== "var");
    must(made.length === 0, `${made.join()} was written`);
  } finally {
    rmSync(outer, { recursive: true, force: true });
  }
}

function run(input: Buffer, random: Random): void {
  const whole = refusalOf(() => read([input], new PlacingSink()));
  const inPieces = refusalOf(() => read(pieces(input, random), new PlacingSink()));
  must(whole === inPieces, `in one piece: ${whole}; in several: ${inPieces}`);
  if (random.oneIn(16)) unpack(input);
  parsing(InstallerError, () => {
    if (whole !== undefined) throw new InstallerError("integrity", whole);
  });
}

/** Makes the checksums of all blocks right that look like headers. */
function mend(input: Buffer): Buffer {
  const mended = Buffer.concat([input, Buffer.alloc(-input.length & (block - 1))]);
  for (let at = 0; at < mended.length; at += block) {
    const header = mended.subarray(at, at + block);
    if (!header.subarray(257, 262).equals(Buffer.from("ustar"))) continue;
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
  }
  return mended;
}

const names = [top, `${top}/store`, inStore, `${inStore}/a`, `${inStore}/a/b`, `${top}/.reginfo`]
  .concat([`${inStore}/../..`, "/etc/passwd", `${top}/store/.links/x`, `./${top}`, "nix/store"])
  .concat(["nix/var/nix/db/db.sqlite", "nix/var/nix/db/../../../x", `${inStore}/`, "..", ""]);

function randomEntry(random: Random): ArchiveEntry {
  const name = random.pick(names);
  const type = random.pick(["0", "0", "1", "2", "5", "5", "L", "K", "x", "g", "3", "S"]);
  if (type === "x" || type === "g") {
    const key = random.pick(["path", "linkpath", "size", "GNU.sparse.major", "mtime"]);
    return paxHeader({ [key]: random.oneIn(3) ? "9" : random.pick(names) }, type);
  }
  const data = "0LK".includes(type) ? { data: random.pick(["", "x", ...names]) } : {};
  return { name, type, linkName: random.pick(names), ...data, mode: random.pick([0o755, 0o644]) };
}

/** Has GNU tar list each: the names must be the same. */
async function compare(accepted: readonly Uint8Array[]): Promise<number> {
  await using scratch = await scratchDirectory("fuzz-tar");
  const file = join(scratch.path, "archive.tar");
  for (const input of accepted) {
    await Bun.write(file, input);
    const sink = new PlacingSink();
    read([input], sink);
    const argv = ["tar", "--list", "--absolute-names", "--quoting-style=literal", "-f", file];
    const { stdout } = await exec(argv, { allowedExitCodes: [0, 1, 2] });
    const expected = sink.names.map((name) => name.replace(/\/+$/, ""));
    const listed = stdout.split("\n").slice(0, -1);
    const isPlain = expected.every((name) => /^[\x21-\x7e]+$/.test(name));
    if (!isPlain) continue;
    const actual = listed.map((name) => name.replace(/\/+$/, ""));
    if (actual.join("\n") !== expected.join("\n")) {
      const base64 = Buffer.from(input).toString("base64");
      throw new PropertyError(`GNU tar lists ${actual.join()}, not ${expected.join()}: ${base64}`);
    }
  }
  return accepted.length;
}

/** Tarballs of portable stores, unpacked. */
export const tarTarget: Target = {
  name: "tar",
  seeds: () => [
    tarArchive([
      { name: `${top}/`, type: "5" },
      { name: inStore, type: "5" },
      { name: `${inStore}/file`, data: "hello", mode: 0o755 },
      { name: `${inStore}/link`, type: "2", linkName: "../.." },
      { name: `${inStore}/again`, type: "1", linkName: `${inStore}/file` },
      { name: `${top}/.reginfo`, data: "registration" },
    ]),
    tarArchive([
      { name: "nix/store", type: "5" },
      { name: "nix/var/nix/db/db.sqlite", data: "x" },
    ]),
    tarArchive([paxHeader({ path: inStore, size: "3" }), { name: "x", data: "abc" }]),
    tarArchive([
      { name: "long", type: "L", data: `${inStore}/${"n".repeat(150)}\0` },
      { name: "x" },
    ]),
    tarArchive([{ name: `${inStore}/x`, type: "2", linkName: "/etc" }, { name: `${inStore}/x/y` }]),
  ],
  dictionary: [...names, "ustar\u000000", "ustar  \0", "\0", "../", "path=", "size=", "linkpath="],
  generate: (random) =>
    tarArchive(Array.from({ length: 1 + random.below(6) }, () => randomEntry(random))),
  mend,
  run,
  compare,
};
