import { expect, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { tarArchive } from "./tar-archive.ts";
import {
  failure,
  officialEntries,
  one,
  pack,
  packers,
  storeEntries,
  two,
  unpack,
} from "./unpack-attempt.ts";

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
