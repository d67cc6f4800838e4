import { expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { TarEntry } from "../../../../src/store/portable/tar-entry.ts";
import { TarParser } from "../../../../src/store/portable/tar-parser.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type ArchiveEntry, paxHeader, tarArchive, tarEntry } from "./tar-archive.ts";

interface Parsed extends TarEntry {
  readonly data: string;
}

/** Everything in an archive, handed to the parser in pieces. */
function parse(archive: Uint8Array, pieceLength = archive.length): Parsed[] {
  const parsed: Parsed[] = [];
  let current: { entry: TarEntry; chunks: Buffer[] } | undefined;
  const parser = new TarParser({
    start: (entry) => {
      current = { entry, chunks: [] };
    },
    data: (chunk) => current?.chunks.push(Buffer.from(chunk)),
    end: () => {
      if (current === undefined) throw new Error("an end without a start");
      parsed.push({ ...current.entry, data: Buffer.concat(current.chunks).toString("latin1") });
      current = undefined;
    },
  });
  for (let offset = 0; offset < archive.length; offset += pieceLength) {
    parser.write(archive.subarray(offset, offset + pieceLength));
  }
  parser.end();
  return parsed;
}

for (const format of ["v7", "ustar", "gnu", "pax"]) {
  test(`entries are read as tar --format=${format} wrote them`, async () => {
    await using scratch = await scratchDirectory("tar");
    const tree = join(scratch.path, "tree");
    await mkdir(join(tree, "directory"), { recursive: true });
    await Bun.write(join(tree, "directory/file"), "contents");
    await Bun.write(join(tree, "directory/large"), "x".repeat(100_000));
    await Bun.write(join(tree, "program"), "#!");
    await symlink("/nix/store/absolute", join(tree, "link"));
    await Bun.$`chmod 555 program && ln program hard && touch empty`.cwd(tree);
    const names = "directory empty hard link program".split(" ");
    const archive = await Bun.$`tar --format=${format} -c ${names}`.cwd(tree).arrayBuffer();
    const entries = parse(new Uint8Array(archive)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const seen = entries.map(({ name, kind, linkName, executable, data }) =>
      [name, kind, linkName, executable, data.length].join(" "),
    );
    expect(seen).toEqual([
      "directory/ directory  true 0",
      "directory/file file  false 8",
      "directory/large file  false 100000",
      "empty file  false 0",
      "hard file  true 2",
      "link symbolic-link /nix/store/absolute true 0",
      "program hard-link hard true 0",
    ]);
    expect(entries[1]?.data).toBe("contents");
  });
}

for (const format of ["ustar", "gnu", "pax"]) {
  test(`names that are long, not ASCII, or no UTF-8 come through tar --format=${format}`, async () => {
    await using scratch = await scratchDirectory("tar");
    const directory = "d".repeat(90);
    const bytes = Buffer.from([0x66, 0xff, 0xc3, 0xa9]);
    await mkdir(join(scratch.path, directory));
    await Bun.write(join(scratch.path, directory, "n".repeat(95)), "1");
    await Bun.$`touch ${bytes.toString("latin1")}`.cwd(scratch.path).quiet();
    const script = `mv ./f* "$(printf 'f\\377\\303\\251')"; tar --format=${format} -c . `;
    const archive = await Bun.$`sh -c ${script}`.cwd(scratch.path).arrayBuffer();
    const names = parse(new Uint8Array(archive)).map(({ name }) => name);
    expect(names).toContain(`./${directory}/${"n".repeat(95)}`);
    expect(names).toContain(`./${bytes.toString("latin1")}`);
  });
}

for (const format of ["gnu", "pax"]) {
  test(`names and targets beyond ustar's fields come through tar --format=${format}`, async () => {
    await using scratch = await scratchDirectory("tar");
    const [name, target] = ["n".repeat(250), `/nix/store/${"t".repeat(400)}`];
    await symlink(target, join(scratch.path, name));
    const archive = await Bun.$`tar --format=${format} -c ${name}`.cwd(scratch.path).arrayBuffer();
    expect(parse(new Uint8Array(archive))).toMatchObject([{ name, linkName: target }]);
  });
}

test("where the stream is cut into pieces makes no difference", () => {
  const archive = tarArchive([
    paxHeader({ path: "long", mtime: "1.5" }),
    { name: "short", data: "x".repeat(700) },
    { name: "directory/", type: "5" },
    { name: "empty" },
  ]);
  const whole = parse(archive);
  expect(whole.map(({ name, data }) => [name, data.length])).toEqual([
    ["long", 700],
    ["directory/", 0],
    ["empty", 0],
  ]);
  for (const length of [1, 7, 511, 512, 513, 1024]) expect(parse(archive, length)).toEqual(whole);
});

test("a file larger than octal digits can say has its size in binary", () => {
  const entry = tarEntry({ name: "file", data: "12345678" });
  entry.fill(0, 124, 136);
  entry[124] = 0x80;
  entry[135] = 8;
  entry.fill(" ", 148, 156);
  const sum = entry.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  entry.write(`${sum.toString(8).padStart(6, "0")}\0`, 148);
  expect(parse(Buffer.concat([entry, Buffer.alloc(1024)]))).toMatchObject([{ data: "12345678" }]);
});

test("an archive that is cut off anywhere is refused", () => {
  const archive = tarArchive([{ name: "file", data: "x".repeat(600) }]);
  for (const length of [0, 1, 511, 512, 600, 1111, 1112, 1535, 1536]) {
    expect(() => parse(archive.subarray(0, length), 512)).toThrow("it is cut off");
  }
});

test("a header with one bit changed is refused", () => {
  // The last byte of the checksum's field says nothing.
  const bytes = Array.from({ length: 512 }, (_, index) => index).filter((byte) => byte !== 155);
  for (const byte of bytes) {
    const archive = tarArchive([{ name: "file", data: "data" }]);
    archive[byte] = (archive[byte] ?? 0) ^ 1;
    expect(() => parse(archive)).toThrow(/checksum|number/);
  }
});

test("bytes behind the end are refused, zeros are not", () => {
  const archive = tarArchive([{ name: "file" }]);
  expect(parse(Buffer.concat([archive, Buffer.alloc(10_240)]))).toHaveLength(1);
  expect(() => parse(Buffer.concat([archive, tarEntry({ name: "more" })]))).toThrow(
    "something follows its end",
  );
});

const refused: Readonly<Record<string, readonly [readonly ArchiveEntry[], string]>> = {
  "a character device": [[{ name: "x", type: "3" }], "a character device"],
  "a block device": [[{ name: "x", type: "4" }], "a block device"],
  "a named pipe": [[{ name: "x", type: "6" }], "a named pipe"],
  "a sparse file": [[{ name: "x", type: "S" }], "a sparse file"],
  "a sparse file in pax": [
    [paxHeader({ "GNU.sparse.major": "1" }), { name: "x" }],
    "a sparse file",
  ],
  "an unknown type": [[{ name: "x", type: "Z" }], 'an entry of unknown type "Z"'],
  "a directory with data": [[{ name: "x", type: "5", data: "x" }], "no file has data"],
  "a symbolic link with data": [[{ name: "x", type: "2", data: "x" }], "no file has data"],
  "one name for all": [[paxHeader({ path: "y" }, "g"), { name: "x" }], "all of its entries"],
  "a malformed pax record": [[{ name: "x", type: "x", data: "99 path=y\n" }], "pax record"],
  "a pax record without an end": [[{ name: "x", type: "x", data: "9 path=yz" }], "pax record"],
  "a pax size that is none": [[paxHeader({ size: "-1" }), { name: "x" }], "size in a pax record"],
  "a huge extended header": [[{ name: "x", type: "L", size: 2_000_000 }], "is too large"],
};
for (const [what, [entries, message]] of Object.entries(refused)) {
  test(`${what} is refused`, () => {
    expect(() => parse(tarArchive(entries))).toThrow(message);
  });
}
