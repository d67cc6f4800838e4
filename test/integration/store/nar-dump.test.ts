import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatHash } from "../../../src/nix/hash.ts";
import { exec } from "../../../src/run/command.ts";
import { dumpTree, hashTree } from "../../../src/store/nar-dump.ts";
import { makeRandomTree } from "../../support/nar-tree.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const experimental = ["--extra-experimental-features", "nix-command"];

const ignore = () => undefined;

describe("hashTree", () => {
  test("gives the hash and size that Nix gives", async () => {
    await using scratch = await scratchDirectory("dump");
    const path = join(scratch.path, "tree");
    makeRandomTree(path, 20);
    const { narHash, narSize } = hashTree(path);
    const { stdout } = await exec(["nix", ...experimental, "hash", "path", "--base32", path]);
    expect(formatHash(narHash)).toBe(`sha256:${stdout.trim()}`);
    expect(narSize).toBe(Bun.spawnSync(["nix-store", "--dump", path]).stdout.length);
  });

  test("takes neither times nor owners nor the group's and others' modes into account", async () => {
    await using scratch = await scratchDirectory("dump");
    const path = join(scratch.path, "file");
    writeFileSync(path, "x");
    const before = hashTree(path);
    await exec(["chmod", "0477", path]);
    await exec(["chown", "65534:65534", path]);
    await exec(["touch", "-d", "@1", path]);
    expect(hashTree(path)).toEqual(before);
    await exec(["chmod", "0577", path]);
    expect(hashTree(path)).not.toEqual(before);
  });

  test("refuses what a store path cannot have, and names it", async () => {
    await using scratch = await scratchDirectory("dump");
    const path = join(scratch.path, "tree");
    mkdirSync(path);
    await exec(["mkfifo", join(path, "pipe")]);
    expect(() => hashTree(path)).toThrow(`${path}/pipe is neither a file`);
    expect(() => hashTree(join(path, "missing"))).toThrow("ENOENT");
  });

  test("notices a file that becomes shorter while it is read", async () => {
    await using scratch = await scratchDirectory("dump");
    const path = join(scratch.path, "file");
    writeFileSync(path, Buffer.alloc(200_000));
    let told = 0;
    const shorten = () => {
      told++;
      writeFileSync(path, "");
    };
    const sink = {
      startDirectory: ignore,
      endDirectory: ignore,
      startFile: ignore,
      fileData: shorten,
      endFile: ignore,
      symlink: ignore,
    };
    expect(() => dumpTree(path, sink)).toThrow("became shorter while it was read");
    expect(told).toBe(1);
  });
});
