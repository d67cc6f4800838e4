import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatHash, type Hash, sha256 } from "../../../src/nix/hash.ts";
import { NarParser } from "../../../src/nix/nar.ts";
import { NarWriter } from "../../../src/nix/nar-writer.ts";
import { dumpTree } from "../../../src/store/nar-dump.ts";
import { makeRandomTree, unpackNar } from "../../support/nar-tree.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** The NAR that Nix makes of a path. */
function dumpByNix(path: string): Buffer {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["nix-store", "--dump", path]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout;
}

function dump(path: string): Buffer {
  const chunks: Buffer[] = [];
  const writer = new NarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  dumpTree(path, writer);
  writer.end();
  return Buffer.concat(chunks);
}

const seeds = [1, 2, 3, 4, 5, 6, Math.floor(Math.random() * 2 ** 32)];

describe("NARs by Nix", () => {
  for (const seed of seeds) {
    test(`of the tree of seed ${seed} are unpacked and dumped to the same`, async () => {
      await using scratch = await scratchDirectory("nar");
      const tree = join(scratch.path, "tree");
      makeRandomTree(tree, seed);
      const original = dumpByNix(tree);
      expect(formatHash(sha256(dump(tree)))).toBe(formatHash(sha256(original)));

      const copy = join(scratch.path, "copy");
      unpackNar(original, copy, 100 + (seed % 100_000));
      expect(formatHash(sha256(dump(copy)))).toBe(formatHash(sha256(original)));
      expect(dumpByNix(copy).equals(original)).toBe(true);
    }, 60_000);
  }

  test("of many MiB are read in chunks of any size", async () => {
    await using scratch = await scratchDirectory("nar");
    const path = join(scratch.path, "large");
    await Bun.write(path, Buffer.alloc(48 * 2 ** 20 + 3, "landfall"));
    const original = dumpByNix(path);
    for (const chunkLength of [4096, 65_537, original.length]) {
      const hasher = new Bun.CryptoHasher("sha256");
      const writer = new NarWriter((chunk) => hasher.update(chunk));
      const parser = new NarParser(writer);
      for (let at = 0; at < original.length; at += chunkLength) {
        parser.write(original.subarray(at, at + chunkLength));
      }
      parser.end();
      expect(writer.end()).toBe(original.length);
      const hash: Hash = { algorithm: "sha256", bytes: new Uint8Array(hasher.digest()) };
      expect(formatHash(hash)).toBe(formatHash(sha256(original)));
    }
  });

  test("of a file, a program, a symbolic link and an empty directory are the same as ours", async () => {
    await using scratch = await scratchDirectory("nar");
    const inside = (name: string) => join(scratch.path, name);
    const modes = { empty: 0o600, file: 0o444, program: 0o744, group: 0o654 };
    for (const [name, mode] of Object.entries(modes)) {
      writeFileSync(inside(name), name === "empty" ? "" : name);
      chmodSync(inside(name), mode);
    }
    symlinkSync("../nowhere", inside("link"));
    mkdirSync(inside("directory"), 0o700);
    for (const name of ["empty", "file", "program", "group", "link", "directory"]) {
      expect([name, dump(inside(name)).equals(dumpByNix(inside(name)))]).toEqual([name, true]);
    }
  });
});
