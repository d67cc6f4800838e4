import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StorePathWriter } from "../../../src/cache/unpack.ts";
import { NarParser } from "../../../src/nix/nar.ts";
import { parseStorePath } from "../../../src/nix/store-path.ts";
import { evilNars, nar, narDirectory, narEntry, narFile, narSymlink } from "../../support/nar.ts";
import { scratchDirectory } from "../../support/scratch.ts";

// Thousands of broken NARs, on a machine that may be busy.
setDefaultTimeout(30_000);

const sources = join(import.meta.dir, "../../../src");

type Scratch = Awaited<ReturnType<typeof scratchDirectory>>;

const storePath = parseStorePath(`/nix/store/${"0".repeat(32)}-path`);

let scratch: Scratch;
let store: string;
/** Where NARs that try to get out try to write to. */
let outside: string;
let descriptor: number;

beforeEach(async () => {
  scratch = await scratchDirectory("unpack");
  store = join(scratch.path, "store");
  outside = join(scratch.path, "outside");
  mkdirSync(store);
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "untouched");
  descriptor = openSync(store, "r");
});

afterEach(async () => {
  closeSync(descriptor);
  await scratch[Symbol.asyncDispose]();
});

function unpack(bytes: Uint8Array): void {
  const writer = new StorePathWriter(descriptor, storePath);
  try {
    const parser = new NarParser(writer);
    parser.write(bytes);
    parser.end();
  } finally {
    writer.close();
  }
}

/** What is open below the store directory. */
function openInStore(): string[] {
  const targets = readdirSync("/proc/self/fd").map((entry) => {
    try {
      return readlinkSync(`/proc/self/fd/${entry}`);
    } catch {
      // The descriptor of the listing itself is closed by now.
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(`${store}/`));
}

test("a thread that has an umask of its own makes files with the modes they should have", () => {
  // In a process of its own: the other threads of this one would keep the umask.
  const program = `
    import { fstatSync, openSync } from "node:fs";
    import { clearUmask, makeFile } from "${sources}/cache/file-calls.ts";
    process.umask(0o077);
    clearUmask();
    const file = makeFile(openSync("${store}", "r"), Buffer.from("file"), 0o555);
    console.log((fstatSync(file).mode & 0o7777).toString(8));
  `;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program]);
  expect([stdout.toString(), stderr.toString()]).toEqual(["555\n", ""]);
});

test("everything has the mode, owner and time that Nix gives it, whatever the umask", () => {
  const umask = process.umask(0o077);
  try {
    unpack(
      nar(
        narDirectory(
          narEntry("directory", narDirectory(narEntry("empty", narDirectory()))),
          narEntry("file", narFile("contents")),
          narEntry("link", narSymlink("../nowhere")),
          narEntry("program", narFile("#!/bin/sh", true)),
        ),
      ),
    );
  } finally {
    process.umask(umask);
  }
  const path = join(store, storePath.baseName);
  const modes = ["", "directory", "directory/empty", "file", "link", "program"].map((name) => {
    const { mode, mtimeMs, uid, gid } = lstatSync(join(path, name));
    expect([name, mtimeMs, uid, gid]).toEqual([name, 1000, 0, 0]);
    return mode.toString(8);
  });
  expect(modes).toEqual(["40555", "40555", "40555", "100444", "120777", "100555"]);
  expect(readFileSync(join(path, "file"), "utf8")).toBe("contents");
  expect(readlinkSync(join(path, "link"))).toBe("../nowhere");
});

test.each([
  ["file", narFile("contents"), "100444"],
  ["program", narFile("contents", true), "100555"],
  ["symbolic link", narSymlink("/nowhere"), "120777"],
] as const)("a path may be a single %s", (_kind, node, mode) => {
  unpack(nar(node));
  const stat = lstatSync(join(store, storePath.baseName));
  expect([stat.mode.toString(8), stat.mtimeMs]).toEqual([mode, 1000]);
});

test("names that are no UTF-8 stay as they are", () => {
  const name = Buffer.from([0x66, 0xff, 0xc3, 0x28]);
  unpack(nar(narDirectory(narEntry(name, narSymlink(name)))));
  const path = join(store, storePath.baseName);
  const [entry] = readdirSync(path, { encoding: "buffer" });
  expect(entry).toEqual(name);
  const link = Buffer.concat([Buffer.from(`${path}/`), name]);
  expect(readlinkSync(link, { encoding: "buffer" })).toEqual(name);
});

test("NARs that break the format write nothing outside their path, and leave nothing open", () => {
  for (const { name, bytes } of evilNars(outside)) {
    expect(() => unpack(bytes), name).toThrow();
    expect(readdirSync(outside), name).toEqual(["file"]);
    expect(readFileSync(join(outside, "file"), "utf8"), name).toBe("untouched");
    expect(readdirSync(scratch.path).toSorted(), name).toEqual(["outside", "store"]);
    const entries = readdirSync(store);
    expect(entries.length, name).toBeLessThanOrEqual(1);
    expect(entries[0] ?? storePath.baseName, name).toBe(storePath.baseName);
    expect(openInStore(), name).toEqual([]);
    removeStorePath();
  }
});

function removeStorePath(): void {
  Bun.spawnSync(["rm", "-rf", join(store, storePath.baseName)]);
}

test.each([
  ["a symbolic link to a directory", narDirectory(narEntry("file", narFile("evil")))],
  ["a symbolic link to a file", narFile("evil")],
  ["a symbolic link to nothing", narSymlink("evil")],
])("what is in the place of the path already is not written to or through: %s", (kind, node) => {
  const target = kind.endsWith("directory") ? outside : join(outside, "file");
  const path = join(store, storePath.baseName);
  symlinkSync(kind.endsWith("nothing") ? "/nonexistent" : target, path);
  expect(() => unpack(nar(node))).toThrow("File exists");
  expect(readFileSync(join(outside, "file"), "utf8")).toBe("untouched");
  expect(readdirSync(outside)).toEqual(["file"]);
});

test("the writer itself refuses names that lead elsewhere", () => {
  for (const name of ["", ".", "..", "a/b", "/etc", "a\0b"]) {
    const writer = new StorePathWriter(descriptor, storePath);
    writer.startDirectory(Buffer.from(""));
    expect(() => writer.startFile(Buffer.from(name), 0, false), name).toThrow("a file name");
    expect(() => writer.startDirectory(Buffer.from(name)), name).toThrow("a file name");
    expect(() => writer.symlink(Buffer.from(name), Buffer.from("x")), name).toThrow("a file name");
    writer.close();
    removeStorePath();
  }
});
