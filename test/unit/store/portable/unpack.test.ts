import { expect, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes } from "../../../../src/cache/to-stream.ts";
import { errorMessage, InstallerError } from "../../../../src/errors.ts";
import { type UnpackedStore, unpackTarball } from "../../../../src/store/portable/unpack.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type ArchiveEntry, paxHeader, tarArchive } from "./tar-archive.ts";

const one = `${"1".repeat(32)}-one`;
const two = `${"2".repeat(32)}-two`;
const official = "nix-2.31.2-x86_64-linux";

/** 600 000 bytes that no packer makes smaller, the same each time. */
const incompressible = Buffer.concat(
  Array.from({ length: 18_750 }, (_, index) => Bun.CryptoHasher.hash("sha256", String(index))),
);

/** A store of two paths, as its entries are called below the directory of the store. */
function storeEntries(directory: string): ArchiveEntry[] {
  return [
    { name: `${directory}/`, type: "5" },
    { name: `${directory}/${one}/`, type: "5", mode: 0o755 },
    { name: `${directory}/${one}/bin/`, type: "5", mode: 0o777 },
    { name: `${directory}/${one}/bin/program`, data: "\x7fELF program", mode: 0o755 },
    { name: `${directory}/${one}/bin/alias`, type: "2", linkName: "program" },
    { name: `${directory}/${one}/absolute`, type: "2", linkName: `/nix/store/${two}` },
    { name: `${directory}/${one}/hard`, type: "1", linkName: `${directory}/${one}/bin/program` },
    { name: `${directory}/${two}`, data: incompressible, mode: 0o644 },
  ];
}

const officialEntries: readonly ArchiveEntry[] = [
  { name: `${official}/`, type: "5" },
  { name: `${official}/install`, data: "#!/bin/sh", mode: 0o755 },
  ...storeEntries(`${official}/store`),
  { name: `${official}/.reginfo`, data: "registration" },
];

interface Attempt {
  readonly archive: Uint8Array;
  readonly sha256?: string;
  readonly pieceLength?: number;
}

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Bytes, void> {
  for (let offset = 0; offset < bytes.length; offset += length) {
    yield new Uint8Array(bytes.subarray(offset, offset + length));
  }
}

/** Unpacks into `inside` of a scratch directory, in which nothing else may appear. */
async function unpack(
  attempt: Attempt,
  check: (directory: string, store: UnpackedStore) => void = () => undefined,
): Promise<void> {
  await using scratch = await scratchDirectory("unpack");
  const directory = join(scratch.path, "inside");
  await mkdir(directory);
  await Bun.write(join(scratch.path, "victim"), "untouched");
  try {
    const store = await unpackTarball({
      bytes: pieces(attempt.archive, attempt.pieceLength ?? 65_536),
      directory,
      system: "x86_64-linux",
      ...(attempt.sha256 === undefined ? {} : { sha256: attempt.sha256 }),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    check(directory, store);
  } finally {
    expect(readdirSync(scratch.path).toSorted()).toEqual(["inside", "victim"]);
    expect(readFileSync(join(scratch.path, "victim"), "utf8")).toBe("untouched");
  }
}

/** What unpacking failed with. */
async function failure(attempt: Attempt): Promise<InstallerError> {
  try {
    await unpack(attempt);
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

function sha256(bytes: Uint8Array): string {
  return Bun.CryptoHasher.hash("sha256", bytes, "hex");
}

function permissions(path: string): string {
  const { mode, mtimeMs } = lstatSync(path);
  return `${(mode & 0o7777).toString(8)} ${mtimeMs / 1000}`;
}

function checkStore(directory: string): void {
  const path = join(directory, "store", one);
  expect(readFileSync(join(path, "bin/alias"), "latin1")).toBe("\x7fELF program");
  expect(readlinkSync(join(path, "absolute"))).toBe(`/nix/store/${two}`);
  expect(lstatSync(join(path, "hard")).ino).toBe(lstatSync(join(path, "bin/program")).ino);
  expect(permissions(path)).toBe("555 1");
  expect(permissions(join(path, "bin"))).toBe("555 1");
  expect(permissions(join(path, "bin/program"))).toBe("555 1");
  expect(lstatSync(join(path, "bin/alias")).mtimeMs).toBe(1000);
  expect(permissions(join(directory, "store", two))).toBe("444 1");
  expect(lstatSync(join(directory, "store", two)).size).toBe(600_000);
}

test("Nix's own tarball becomes a store with Nix's modes and times", async () => {
  await unpack({ archive: tarArchive(officialEntries) }, (directory, store) => {
    expect(store).toEqual({ names: [one, two], registration: "registration", database: false });
    checkStore(directory);
    expect(readdirSync(directory)).toEqual(["store"]);
  });
});

for (const name of ["nix-path-registration", ".reginfo", "registration", "nix/registration"]) {
  test(`a plain tree with ${name} is a store`, async () => {
    const entries = [...storeEntries("nix/store"), { name, data: "registration" }];
    await unpack({ archive: tarArchive(entries) }, (directory, store) => {
      expect(store.registration).toBe("registration");
      checkStore(directory);
    });
  });
}

test("a plain tree with a leading ./, a database and Nix's other state is a store", async () => {
  const entries = [
    { name: "./", type: "5" },
    { name: "./nix/", type: "5" },
    { name: "./nix/var/nix/profiles/link", type: "2", linkName: "/etc" },
    { name: "./nix/var/nix/profiles/link/passwd", data: "planted" },
    { name: "./nix/var/nix/db/db.sqlite", data: "database" },
    { name: "./nix/var/nix/db/reserved", data: "x" },
    ...storeEntries("./nix/store"),
  ];
  await unpack({ archive: tarArchive(entries) }, (directory, store) => {
    expect(store).toMatchObject({ names: [one, two], registration: undefined, database: true });
    checkStore(directory);
    const state = readdirSync(join(directory, "var"), { recursive: true }).map(String);
    expect(new Set(state)).toEqual(new Set(["nix", "nix/db", "nix/db/db.sqlite"]));
  });
});

test("files that are hard links into .links are kept, .links is not", async () => {
  const entries = [
    { name: "nix/store/.links/0abc", data: "shared", mode: 0o444 },
    { name: `nix/store/${one}`, type: "1", linkName: "nix/store/.links/0abc" },
    { name: "registration", data: "r" },
  ];
  await unpack({ archive: tarArchive(entries) }, (directory, store) => {
    expect(store.names).toEqual([one]);
    expect(readFileSync(join(directory, "store", one), "utf8")).toBe("shared");
    expect(readdirSync(join(directory, "store"))).toEqual([one]);
  });
});

test("names that are no UTF-8 keep their bytes", async () => {
  const name = Buffer.from([0x66, 0xff, 0xc3, 0xa9]);
  const entries = [
    { name: `nix/store/${one}/${name.toString("latin1")}`, data: "data" },
    { name: "registration", data: "r" },
  ];
  await unpack({ archive: tarArchive(entries) }, (directory) => {
    const names = readdirSync(join(directory, "store", one), { encoding: "buffer" });
    expect(names).toEqual([name]);
  });
});

const packers: Readonly<Record<string, readonly string[]>> = {
  none: ["cat"],
  gzip: ["gzip", "-1"],
  zstd: ["zstd", "-q", "-T0"],
  xz: ["xz", "-0"],
};

async function pack(compression: string, archive: Uint8Array): Promise<Uint8Array> {
  const packer = Bun.spawn([...(packers[compression] ?? [])], { stdin: archive, stdout: "pipe" });
  return await new Response(packer.stdout).bytes();
}

for (const compression of Object.keys(packers)) {
  test(`${compression}: unpacked and compared with its hash, however it comes in`, async () => {
    const archive = await pack(compression, tarArchive(officialEntries));
    for (const pieceLength of [5, 65_536]) {
      await unpack({ archive, sha256: sha256(archive), pieceLength }, checkStore);
    }
  });

  test(`${compression}: cut off anywhere, it is refused`, async () => {
    const archive = await pack(compression, tarArchive(officialEntries));
    // For no compression: the second of the two blocks that mark the end may be missing.
    const lengths = [1, 4, 9, archive.length >> 1, archive.length - 1025, archive.length - 1];
    for (const length of lengths) {
      const error = await failure({ archive: archive.subarray(0, length) });
      expect({ length, reason: error.reason }).toEqual({ length, reason: "integrity" });
      expect(error.message).toMatch(/cut off|damaged/);
    }
  });

  test(`${compression}: another tarball than the one with the hash is refused`, async () => {
    const archive = await pack(compression, tarArchive(officialEntries));
    const error = await failure({ archive, sha256: "0".repeat(64) });
    expect(error.reason).toBe("integrity");
    expect(error.message).toContain(`its SHA-256 is ${sha256(archive)}, not 0000`);
  });

  test(`${compression}: bytes behind the end are refused`, async () => {
    const archive = await pack(compression, tarArchive(officialEntries));
    for (const pieceLength of [archive.length, 65_536]) {
      const more = Buffer.concat([archive, Buffer.alloc(600, "garbage")]);
      expect((await failure({ archive: more, pieceLength })).reason).toBe("integrity");
    }
  });
}

for (const compression of ["gzip", "zstd", "xz"]) {
  test(`${compression}: a changed bit is noticed`, async () => {
    const archive = Buffer.from(await pack(compression, tarArchive(officialEntries)));
    archive[archive.length >> 1] = (archive[archive.length >> 1] ?? 0) ^ 0x10;
    const error = await failure({ archive });
    expect(error.reason).toBe("integrity");
  });
}

const base = `nix/store/${one}`;
const evil: Readonly<Record<string, readonly ArchiveEntry[]>> = {
  "an absolute name": [{ name: "/victim", data: "x" }],
  "a name with ..": [{ name: "nix/store/../../../victim", data: "x" }],
  "a name with .. in pax": [paxHeader({ path: `${base}/../../../victim` }), { name: "x" }],
  "a name with .. behind ./": [{ name: "./../victim", data: "x" }],
  "a file through a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/link/victim`, data: "x" },
  ],
  "a file through a planted store path": [
    { name: base, type: "2", linkName: "../.." },
    { name: `${base}/victim`, data: "x" },
  ],
  "a file over a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../../victim" },
    { name: `${base}/link`, data: "x" },
  ],
  "a directory over a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/link/`, type: "5" },
    { name: `${base}/link/victim`, data: "x" },
  ],
  "a store that is a link": [{ name: "nix/store", type: "2", linkName: ".." }],
  "a .links that is a link": [{ name: "nix/store/.links", type: "2", linkName: "../.." }],
  "a top that is a link": [{ name: "nix", type: "2", linkName: ".." }],
  "a database that is a link": [
    { name: "nix/var/nix/db/db.sqlite", type: "2", linkName: "../../../../victim" },
  ],
  "a hard link to the outside": [{ name: `${base}/hard`, type: "1", linkName: "../victim" }],
  "a hard link to an absolute path": [{ name: `${base}/hard`, type: "1", linkName: "/etc/passwd" }],
  "a hard link to nothing": [{ name: `${base}/hard`, type: "1", linkName: `${base}/none` }],
  "a hard link through a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/hard`, type: "1", linkName: `${base}/link/victim` },
  ],
  "a hard link to a directory": [
    { name: `${base}/directory/`, type: "5" },
    { name: `${base}/hard`, type: "1", linkName: `${base}/directory` },
  ],
  "a file twice": [
    { name: `${base}/file`, data: "x" },
    { name: `${base}/file`, data: "y" },
  ],
  "a file below a file": [
    { name: `${base}/file`, data: "x" },
    { name: `${base}/file/below`, data: "y" },
  ],
  "a device": [{ name: `${base}/device`, type: "4" }],
  "a name that is no store path": [{ name: "nix/store/passwd", data: "x" }],
  "an entry beside the store": [{ name: "nix/other", data: "x" }],
  "an entry beside nix": [
    { name: "nix/store/", type: "5" },
    { name: "etc/passwd", data: "x" },
  ],
  "an empty symbolic link": [{ name: `${base}/link`, type: "2" }],
  "two registrations": [
    { name: "registration", data: "x" },
    { name: ".reginfo", data: "x" },
  ],
};
for (const [what, entries] of Object.entries(evil)) {
  test(`${what} is refused`, async () => {
    const archive = tarArchive([...entries, { name: "nix-path-registration", data: "r" }]);
    expect((await failure({ archive })).reason).toBe("integrity");
  });
}

const noStores: Readonly<Record<string, readonly [readonly ArchiveEntry[], string]>> = {
  "another archive": [[{ name: "linux-6.12/Makefile", data: "x" }], 'it begins with "linux-6.12"'],
  "a store without a registration": [storeEntries("nix/store"), "neither a registration nor"],
  "a registration without a store": [[{ name: "registration", data: "x" }], "no store path"],
  "a tarball for another system": [
    [{ name: "nix-2.31.2-aarch64-linux/", type: "5" }],
    "is for aarch64-linux, this machine is x86_64-linux",
  ],
};
for (const [what, [entries, message]] of Object.entries(noStores)) {
  test(`${what} is refused and the message says why`, async () => {
    const error = await failure({ archive: tarArchive(entries) });
    expect(error.reason).toBe("refused");
    expect(error.message).toContain(message);
    expect(error.hint).toBeDefined();
  });
}

test("nothing at all is refused", async () => {
  const error = await failure({ archive: new Uint8Array() });
  expect(error.message).toBe("the tarball is no portable store: it is empty");
});

test("an abort ends it and closes the source", async () => {
  await using scratch = await scratchDirectory("unpack");
  const controller = new AbortController();
  let closed = false;
  const archive = tarArchive(officialEntries);
  async function* source(): AsyncGenerator<Bytes, void> {
    try {
      yield* pieces(archive, 10_000);
    } finally {
      closed = true;
    }
  }
  const unpacking = unpackTarball({
    bytes: source(),
    directory: scratch.path,
    system: "x86_64-linux",
    signal: controller.signal,
    onProgress: (bytes) => bytes > 50_000 && controller.abort(new Error("interrupted")),
  });
  expect(await unpacking.catch(errorMessage)).toBe("interrupted");
  expect(closed).toBe(true);
});
