import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { ClosureReader, type NarSource } from "../../../src/cache/closure-reader.ts";
import { NarParser } from "../../../src/nix/nar.ts";
import type { NarSink } from "../../../src/nix/nar-sink.ts";
import { nar, narDirectory, narEntry, narFile, narSymlink } from "../../support/nar.ts";
import { rejection } from "../../support/rejection.ts";

const storePath = (name: string) =>
  `/nix/store/${createHash("sha256").update(name).digest("hex").replaceAll("e", "z").slice(0, 32)}-${name}`;

const MiB = 2 ** 20;

/** A reader of store paths in memory, by their names, with what was asked of each and how far it was read. */
function readerOf(nodes: Readonly<Record<string, Uint8Array>>) {
  const nars = new Map(Object.entries(nodes).map(([name, node]) => [storePath(name), nar(node)]));
  const requests: string[] = [];
  let bytes = 0;
  const source: NarSource = async (path, makeSink) => {
    const contents = nars.get(path.storePath);
    if (contents === undefined) throw new Error(`${path.storePath} was never there`);
    requests.push(path.storePath.slice(44));
    const parser = new NarParser(makeSink());
    for (let at = 0; at < contents.length; at += 65_536) {
      bytes += Math.min(65_536, contents.length - at);
      parser.write(contents.subarray(at, at + 65_536));
    }
    parser.end();
    await Promise.resolve();
  };
  const paths = [...nars].map(([path, contents]): ClosurePath => {
    const rest = { narUrl: "", substituter: "", compression: "none", narHash: "" } as const;
    return { ...rest, storePath: path, narSize: contents.length, references: [], signatures: [] };
  });
  return { reader: new ClosureReader({ paths }, source), requests, bytes: () => bytes };
}

const anySize = { size: Number.MAX_SAFE_INTEGER };

/** What a file holds, as text. */
async function text(reader: ClosureReader, path: string, limits = anySize) {
  return (await reader.readFile(path, limits))?.toString();
}

/** A sink that writes down what it is told. */
function recorder(events: string[]): NarSink {
  return {
    startDirectory: (name) => events.push(`${name.toString()}/`),
    endDirectory: () => events.push(".."),
    startFile: (name, size, executable) => events.push(`${name.toString()} ${size} ${executable}`),
    fileData: () => {},
    endFile: () => {},
    symlink: (name, target) => events.push(`${name.toString()} -> ${target.toString()}`),
  };
}

const fstab = "/dev/vda1 / ext4 defaults 0 1\n";

/** A toplevel as NixOS has it, whose etc/fstab is three links away. */
const system = {
  toplevel: narDirectory(
    narEntry("etc", narSymlink(`${storePath("etc")}/etc`)),
    narEntry("init", narFile("#!/bin/sh\n", true)),
    narEntry("kernel", narSymlink(`${storePath("linux")}/bzImage`)),
  ),
  etc: narDirectory(
    narEntry(
      "etc",
      narDirectory(
        narEntry("fstab", narSymlink(storePath("etc-fstab"))),
        narEntry("hosts", narSymlink("fstab")),
        narEntry("mtab", narSymlink("/proc/mounts")),
      ),
    ),
  ),
  "etc-fstab": narFile(fstab),
  linux: narDirectory(
    narEntry("System.map", narFile(Buffer.alloc(MiB, 1))),
    narEntry("bzImage", narFile(Buffer.alloc(4 * MiB, 2))),
    narEntry("lib", narDirectory(narEntry("config", narFile("CONFIG_EXT4_FS=y\n")))),
  ),
};

test("a file is found through links from one store path to the next", async () => {
  const { reader } = readerOf(system);
  expect(await text(reader, `${storePath("toplevel")}/etc/fstab`)).toBe(fstab);
  expect(await text(reader, `${storePath("toplevel")}/etc/hosts`)).toBe(fstab);
  expect(await text(reader, `${storePath("etc")}/etc/../etc/./fstab`)).toBe(fstab);
  expect(await text(reader, storePath("etc-fstab"))).toBe(fstab);
});

test("each small path is fetched once, however much is read of it, and nothing else is", async () => {
  const { reader, requests } = readerOf(system);
  await Promise.all([
    reader.stat(`${storePath("toplevel")}/init`),
    text(reader, `${storePath("toplevel")}/init`),
    text(reader, `${storePath("toplevel")}/etc/fstab`),
    text(reader, `${storePath("toplevel")}/etc/hosts`),
  ]);
  expect(requests.toSorted()).toEqual(["etc", "etc-fstab", "toplevel"]);
});

test("what is at a path is told by its kind, size and mode", async () => {
  const { reader } = readerOf(system);
  const toplevel = storePath("toplevel");
  expect(await reader.stat(`${toplevel}/init`)).toEqual({
    type: "file",
    size: 10,
    executable: true,
  });
  expect(await reader.stat(`${toplevel}/etc`)).toEqual({ type: "directory" });
  expect(await reader.stat(toplevel)).toEqual({ type: "directory" });
});

test.each([
  ["a name that is not there", () => `${storePath("toplevel")}/nothing`],
  ["a name below a file", () => `${storePath("toplevel")}/init/nothing`],
  ["a link out of the store", () => `${storePath("etc")}/etc/mtab`],
  ["a path that the closure does not have", () => `${storePath("other")}/file`],
  ["what is not in the store", () => "/etc/passwd"],
  ["the store itself", () => "/nix/store"],
  ["a way out of the store", () => `${storePath("toplevel")}/../../../etc/passwd`],
])("there is nothing at %s", async (_what, path) => {
  const { reader } = readerOf(system);
  expect(await reader.stat(path())).toBeUndefined();
  expect(await reader.readFile(path(), anySize)).toBeUndefined();
  expect(await reader.visit(path(), () => recorder([]))).toBe(false);
});

test("links in a circle end", async () => {
  const { reader } = readerOf({
    one: narDirectory(narEntry("link", narSymlink(`${storePath("other")}/link`))),
    other: narDirectory(
      narEntry("link", narSymlink("../".concat(storePath("one").slice(11), "/link"))),
    ),
  });
  expect(await reader.stat(`${storePath("one")}/link`)).toBeUndefined();
});

test("a directory is no file, and a file beyond the limit is none that is wanted", async () => {
  const { reader } = readerOf(system);
  expect(await text(reader, `${storePath("toplevel")}/etc`)).toBeUndefined();
  const path = `${storePath("toplevel")}/etc/fstab`;
  expect(await text(reader, path, { size: fstab.length - 1 })).toBeUndefined();
  expect(await text(reader, path, { size: fstab.length })).toBe(fstab);
});

test("a path with a NAR beyond the limit is not fetched", async () => {
  const { reader, requests } = readerOf(system);
  const limits = { size: MiB, narSize: MiB };
  expect(await reader.readFile(`${storePath("linux")}/lib/config`, limits)).toBeUndefined();
  expect(requests).toEqual([]);
});

test("of a large path, what a file's size is needs only what comes before the file", async () => {
  const { reader, requests, bytes } = readerOf(system);
  const entry = { type: "file", size: 4 * MiB, executable: false } as const;
  expect(await reader.stat(`${storePath("toplevel")}/kernel`)).toEqual(entry);
  expect(bytes()).toBeLessThan(1.2 * MiB);
  expect(await reader.stat(`${storePath("linux")}/bzImage`)).toEqual(entry);
  expect(requests.filter((name) => name === "linux")).toHaveLength(1);
});

test("of a large path, a small file is picked", async () => {
  const { reader } = readerOf(system);
  expect(await text(reader, `${storePath("linux")}/lib/config`)).toBe("CONFIG_EXT4_FS=y\n");
  expect(await text(reader, `${storePath("linux")}/lib/nothing`)).toBeUndefined();
});

test("a tree is handed on as it is, from a small path and from a large one", async () => {
  const { reader } = readerOf(system);
  const small: string[] = [];
  await reader.visit(`${storePath("toplevel")}/etc`, () => recorder(small));
  expect(small).toEqual([
    "/",
    `fstab -> ${storePath("etc-fstab")}`,
    "hosts -> fstab",
    "mtab -> /proc/mounts",
    "..",
  ]);
  const large: string[] = [];
  await reader.visit(`${storePath("linux")}/lib`, () => recorder(large));
  expect(large).toEqual(["/", "config 17 false", ".."]);
  const file: string[] = [];
  await reader.visit(`${storePath("toplevel")}/kernel`, () => recorder(file));
  expect(file).toEqual([` ${4 * MiB} false`]);
});

test("what a sink throws comes through", async () => {
  const { reader } = readerOf(system);
  const problem = new Error("enough");
  const sink: NarSink = {
    ...recorder([]),
    startFile: () => {
      throw problem;
    },
  };
  expect(await rejection(reader.visit(`${storePath("linux")}/bzImage`, () => sink))).toBe(problem);
});

test("small paths are forgotten when there are too many for memory", async () => {
  const names = Array.from({ length: 20 }, (_, number) => `file-${number}`);
  const { reader, requests } = readerOf(
    Object.fromEntries(names.map((name) => [name, narFile(Buffer.alloc(MiB - 1024))])),
  );
  for (const name of names) await reader.stat(storePath(name));
  await reader.stat(storePath("file-19"));
  expect(requests).toHaveLength(20);
  await reader.stat(storePath("file-0"));
  expect(requests).toHaveLength(21);
});
