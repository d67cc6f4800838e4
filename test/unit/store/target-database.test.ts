import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { mendDatabase } from "../../../src/store/target-database.ts";
import { registerPaths, validPaths } from "../../../src/store/target-store.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(30_000);

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;
let database: string;
let messages: string[];

beforeEach(async () => {
  scratch = await scratchDirectory("database");
  root = scratch.path;
  database = join(root, "nix/var/nix/db/db.sqlite");
  messages = [];
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

const paths: readonly ClosurePath[] = Array.from({ length: 500 }, (_, index) => ({
  storePath: `/nix/store/${String(index).padStart(32, "0")}-path`,
  narUrl: "",
  substituter: "",
  compression: "none",
  narHash: `sha256:${"0".repeat(52)}`,
  narSize: 120,
  references: index === 0 ? [] : [`/nix/store/${"0".repeat(32)}-path`],
  signatures: [],
}));

function mend(): void {
  mendDatabase(root, (level, message) => messages.push(`${level}: ${message}`));
}

/** What SQLite says of the database. */
function integrity(): unknown {
  using opened = new Database(database, { readwrite: true, strict: true });
  return opened.query("pragma integrity_check").all();
}

function expectWhole(): void {
  registerPaths(root, paths, 1);
  expect(validPaths(root).size).toBe(paths.length);
  expect(integrity()).toEqual([{ integrity_check: "ok" }]);
}

test("a sound database is left as it is, and nothing is said", () => {
  registerPaths(root, paths, 1);
  mend();
  expect(messages).toEqual([]);
  expect(validPaths(root).size).toBe(paths.length);
});

test("no database at all is nothing to mend", () => {
  mend();
  expect(existsSync(database)).toBe(false);
  expect(messages).toEqual([]);
});

const damages: [name: string, damage: () => void][] = [
  ["pages of zeros", () => overwrite(4096, Buffer.alloc(8192))],
  ["pages of something else", () => overwrite(8192, Buffer.alloc(4096, "x"))],
  ["nothing but zeros", () => writeFileSync(database, Buffer.alloc(32_768))],
  ["only half of it", () => truncateSync(database, Math.floor(statSync(database).size / 2))],
  [
    "no database, but a text",
    () => writeFileSync(database, "a text that is long enough to be read"),
  ],
];

test.each(damages)("a database with %s is put aside, and made anew", (_, damage) => {
  registerPaths(root, paths, 1);
  damage();
  const damaged = readFileSync(database);
  mend();
  expect(messages).toEqual([
    expect.stringMatching(/^warning: \S+db\.sqlite is damaged \(.+\): it is made anew/),
  ]);
  expect(readFileSync(`${database}.damaged`).equals(damaged)).toBe(true);
  expectWhole();
});

function overwrite(at: number, bytes: Buffer): void {
  const contents = readFileSync(database);
  bytes.copy(contents, at);
  writeFileSync(database, contents);
}

test("an empty database has no valid paths, and gets its tables", () => {
  mkdirSync(join(root, "nix/var/nix/db"), { recursive: true });
  writeFileSync(database, "");
  mend();
  expect(validPaths(root)).toEqual(new Map());
  expectWhole();
  expect(messages).toEqual([]);
});

test("a transaction that was broken off in the middle is undone", () => {
  registerPaths(root, paths.slice(0, 100), 1);
  const before = readFileSync(database);
  // A process that is killed while its journal is hot: what is then on the disk is copied.
  const script = `
    import { Database } from "bun:sqlite";
    const database = new Database(${JSON.stringify(database)});
    database.run("pragma cache_size = 1");
    database.run("begin immediate");
    database.run("update ValidPaths set hash = zeroblob(3000)");
    process.kill(process.pid, "SIGKILL");
  `;
  const { signalCode } = Bun.spawnSync([process.execPath, "-e", script]);
  expect(signalCode).toBe("SIGKILL");
  expect(existsSync(`${database}-journal`)).toBe(true);
  expect(readFileSync(database).equals(before)).toBe(false);
  mend();
  expect(validPaths(root)).toEqual(
    new Map(paths.slice(0, 100).map((path) => [path.storePath, path.narHash])),
  );
  expectWhole();
  expect(messages).toEqual([]);
});

test("a journal without its contents does not make a database wrong that is right", () => {
  registerPaths(root, paths, 1);
  writeFileSync(`${database}-journal`, Buffer.alloc(4096));
  mend();
  expect(validPaths(root).size).toBe(paths.length);
});

test("files beside the database that came out of a power cut empty or short are made anew", () => {
  registerPaths(root, paths, 1);
  const file = (name: string) => join(root, "nix/var/nix/db", name);
  writeFileSync(file("schema"), "\0\0");
  truncateSync(file("reserved"), 4096);
  writeFileSync(file("schema.new"), "1");
  expect(validPaths(root).size).toBe(paths.length);
  registerPaths(root, paths, 1);
  expect(readFileSync(file("schema"), "utf8")).toBe("10");
  expect(statSync(file("reserved")).size).toBe(8_388_608);
  expect(readdirSync(join(root, "nix/var/nix/db")).filter((name) => name.endsWith(".new"))).toEqual(
    [],
  );
});

test("references that a path does not have any more are taken away", () => {
  registerPaths(root, paths, 1);
  const [first, second] = paths;
  if (first === undefined || second === undefined) throw new Error("too few paths");
  registerPaths(root, [first, { ...second, references: [] }], 1);
  using opened = new Database(database, { readonly: true, strict: true });
  expect(opened.query("select count(*) as count from Refs").get()).toEqual({
    count: paths.length - 2,
  });
});

test("a database of another version is not touched", () => {
  registerPaths(root, paths, 1);
  writeFileSync(join(root, "nix/var/nix/db/schema"), "11");
  expect(mend).toThrow("has version 11");
});
