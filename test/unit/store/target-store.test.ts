import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import {
  addReferences,
  forgetPaths,
  registerPaths,
  validPaths,
} from "../../../src/store/target-store.ts";
import { scratchDirectory } from "../../support/scratch.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;

beforeEach(async () => {
  scratch = await scratchDirectory("target");
  root = scratch.path;
});

afterEach(() => scratch[Symbol.asyncDispose]());

const zeros = "0".repeat(52);

function path(name: string, more: Partial<ClosurePath> = {}): ClosurePath {
  return {
    storePath: `/nix/store/${name}`,
    narUrl: "http://cache/nar",
    substituter: "http://cache/",
    compression: "none",
    narHash: `sha256:${zeros}`,
    narSize: 120,
    references: [],
    signatures: [],
    ...more,
  };
}

function rows(query: string): unknown[] {
  using database = new Database(join(root, "nix/var/nix/db/db.sqlite"), { readonly: true });
  return database.query(query).all();
}

test("a store that is not there has no valid paths, and looking for them makes nothing", () => {
  expect(validPaths(root)).toEqual(new Map());
  expect(Array.from(new Bun.Glob("**").scanSync({ cwd: root, onlyFiles: false }))).toEqual([]);
});

test("paths are registered with all that is known of them", () => {
  const library = path("a", { signatures: ["key-2:b", "key-1:a"], deriver: "/nix/store/a.drv" });
  const tool = path("b", {
    references: ["/nix/store/a", "/nix/store/b"],
    contentAddress: "fixed:r:sha256:x",
  });
  registerPaths(root, [tool, library], 1234);
  expect([...validPaths(root).keys()]).toEqual(["/nix/store/b", "/nix/store/a"]);
  expect(validPaths(root).get(library.storePath)).toBe(library.narHash);
  const common = {
    hash: `sha256:${"0".repeat(64)}`,
    registrationTime: 1234,
    narSize: 120,
    ultimate: null,
  };
  expect(rows("select * from ValidPaths order by path")).toEqual([
    {
      id: 2,
      path: "/nix/store/a",
      ...common,
      deriver: "/nix/store/a.drv",
      sigs: "key-1:a key-2:b",
      ca: null,
    },
    { id: 1, path: "/nix/store/b", ...common, deriver: null, sigs: null, ca: "fixed:r:sha256:x" },
  ]);
  expect(rows("select * from Refs order by reference")).toEqual([
    { referrer: 1, reference: 1 },
    { referrer: 1, reference: 2 },
  ]);
});

test("what is registered again keeps its identity and gets its new signatures", () => {
  registerPaths(root, [path("a")], 1);
  registerPaths(
    root,
    [path("a", { signatures: ["key:x"] }), path("b", { references: ["/nix/store/a"] })],
    2,
  );
  expect(rows("select id, registrationTime, sigs from ValidPaths order by path")).toEqual([
    { id: 1, registrationTime: 1, sigs: "key:x" },
    { id: expect.any(Number), registrationTime: 2, sigs: null },
  ]);
});

test("all paths are registered or none", () => {
  const broken = path("b", { references: ["/nix/store/missing"] });
  expect(() => registerPaths(root, [path("a"), broken], 1)).toThrow(
    "/nix/store/b refers to /nix/store/missing, which is not registered",
  );
  expect(validPaths(root)).toEqual(new Map());
});

test("the files beside the database are as Nix makes them", () => {
  registerPaths(root, [path("a")], 1);
  const database = join(root, "nix/var/nix/db");
  expect(readFileSync(join(database, "schema"), "utf8")).toBe("10");
  const found = ["schema", "big-lock", "reserved"].map((name) => {
    const { mode, size } = statSync(join(database, name));
    return [name, (mode & 0o777).toString(8), size];
  });
  expect(found).toEqual([
    ["schema", "644", 2],
    ["big-lock", "600", 0],
    ["reserved", "600", 8_388_608],
  ]);
});

test("the directories have the modes and owners of NixOS, whatever the umask", () => {
  const umask = process.umask(0o077);
  try {
    registerPaths(root, [path("a")], 1);
  } finally {
    process.umask(umask);
  }
  const found = [
    "nix",
    "nix/store",
    "nix/store/.links",
    "nix/var/nix/db",
    "nix/var/nix/profiles",
  ].map((name) => {
    const { mode, uid, gid } = statSync(join(root, name));
    return `${name} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  });
  expect(found).toEqual([
    "nix 755 0:0",
    "nix/store 1775 0:30000",
    "nix/store/.links 755 0:0",
    "nix/var/nix/db 755 0:0",
    "nix/var/nix/profiles 755 0:0",
  ]);
});

test("a store directory that was there gets its mode and group, other directories stay as they are", () => {
  // As file systems mounted at /nix/store and /nix/var are.
  for (const directory of ["nix/store", "nix/var"]) {
    mkdirSync(join(root, directory), { recursive: true });
    chmodSync(join(root, directory), 0o700);
  }
  registerPaths(root, [path("a")], 1);
  const found = ["nix/store", "nix/var"].map((name) => {
    const { mode, uid, gid } = statSync(join(root, name));
    return `${name} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  });
  expect(found).toEqual(["nix/store 1775 0:30000", "nix/var 700 0:0"]);
});

test("a symbolic link in the place of a directory is refused", () => {
  symlinkSync("/", join(root, "nix"));
  expect(() => registerPaths(root, [path("a")], 1)).toThrow(`${root}/nix is not a directory`);
});

test("paths that are forgotten are not valid any more, whatever refers to them, and their references can be given back", () => {
  const [library, tool] = [path("a"), path("b", { references: ["/nix/store/a", "/nix/store/b"] })];
  registerPaths(root, [library, tool], 1);
  const forgotten = forgetPaths(root, [library.storePath, "/nix/store/unknown"]);
  expect(forgotten).toEqual([{ referrer: "/nix/store/b", reference: "/nix/store/a" }]);
  expect([...validPaths(root).keys()]).toEqual(["/nix/store/b"]);
  addReferences(root, forgotten);
  expect(rows("select * from Refs")).toHaveLength(1);
  registerPaths(root, [library], 2);
  addReferences(root, forgotten);
  addReferences(root, forgotten);
  expect(
    rows(`
      select one.path as referrer, other.path as reference from Refs
      join ValidPaths one on one.id = referrer join ValidPaths other on other.id = reference
      order by reference
    `),
  ).toEqual([...forgotten, { referrer: "/nix/store/b", reference: "/nix/store/b" }]);
});

test("a database of another version is left alone", () => {
  registerPaths(root, [path("a")], 1);
  writeFileSync(join(root, "nix/var/nix/db/schema"), "11");
  expect(() => validPaths(root)).toThrow("has version 11");
  expect(() => registerPaths(root, [path("b")], 1)).toThrow("has version 11");
});

test("a database that is none is an error of the disk", () => {
  mkdirSync(join(root, "nix/var/nix/db"), { recursive: true });
  writeFileSync(join(root, "nix/var/nix/db/db.sqlite"), "no database, but long enough to be read");
  expect(() => validPaths(root)).toThrow(expect.objectContaining({ reason: "disk" }));
});
