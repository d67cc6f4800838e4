import { afterEach, beforeEach, expect, test } from "bun:test";
import { linkSync, lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sweepLinks } from "../../../src/cache/sweep-links.ts";
import { encodeNix32 } from "../../../src/nix/base32.ts";
import { LeafHasher } from "../../../src/nix/leaf-hash.ts";
import { scratchDirectory } from "../../support/scratch.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let store: string;

beforeEach(async () => {
  scratch = await scratchDirectory("sweep");
  store = join(scratch.path, "store");
  mkdirSync(join(store, ".links"), { recursive: true });
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

function nameFor(contents: string): string {
  const hasher = new LeafHasher("file", contents.length);
  hasher.update(Buffer.from(contents));
  return encodeNix32(hasher.digest());
}

/** A file of the store that is linked by the name of some contents; gives its inode. */
function linked(name: string, contents: string, named = contents): number {
  const path = join(store, name);
  writeFileSync(path, contents, { mode: 0o444 });
  utimesSync(path, 1, 1);
  linkSync(path, join(store, ".links", nameFor(named)));
  return lstatSync(path).ino;
}

test("of the files in question those with other contents than their name says are removed", () => {
  const right = linked("right", "right");
  const empty = linked("empty", "", "something");
  linked("of-nobody", "", "not in question");
  const unsound = sweepLinks(store, new Set([right, empty]), () => {});
  expect(unsound).toBe(1);
  expect(readdirSync(join(store, ".links")).toSorted()).toEqual(
    [nameFor("right"), nameFor("not in question")].toSorted(),
  );
  expect(readdirSync(store)).toContain("empty");
});

test("what nothing is a link of any more is removed, and what stood beside the store paths for a moment", () => {
  const links = join(store, ".links");
  writeFileSync(join(links, nameFor("unused")), "unused");
  writeFileSync(join(links, "README"), "somebody else's");
  linked(".tmp-link-12-1-0", "used");
  linked("path", "kept");
  sweepLinks(store, new Set(), () => {});
  expect(readdirSync(links).toSorted()).toEqual(["README", nameFor("kept")].toSorted());
  expect(readdirSync(store).toSorted()).toEqual([".links", "path"]);
});
