import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseNixCacheInfo } from "../../../src/nix/cache-info.ts";
import { proofByContent } from "../../../src/nix/content-address.ts";
import { formatHashSri } from "../../../src/nix/hash.ts";
import { type NarInfo, parseNarInfo } from "../../../src/nix/narinfo.ts";
import type { PathInfo } from "../../../src/nix/path-info.ts";
import { formatRegistration, parseRegistration } from "../../../src/nix/registration.ts";
import { parsePublicKey, verifySignatures } from "../../../src/nix/signature.ts";
import { parseStorePath } from "../../../src/nix/store-path.ts";
import { hashTree } from "../../../src/store/nar-dump.ts";
import { makeRandomTree } from "../../support/nar-tree.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { RealNix } from "./real-nix.ts";

/** Paths as no content address gives them: with references to each other and themselves, and a deriver. */
function addByHand(nix: RealNix): PathInfo[] {
  const library = parseStorePath("/nix/store/0sg0xcbl1cv4ni3apw9b5pnwwbyfkjl1-library-1.0");
  const program = parseStorePath("/nix/store/8v7l6z3kyw0pc7nhyl2p4fhzrvzzzw1b-program-2.0+git");
  const deriver = parseStorePath("/nix/store/jlp3w9yrcrznq6lwmlnqwgnjl2hxxkvw-program-2.0+git.drv");
  makeRandomTree(join(nix.storeDirectory, library.baseName), 7);
  mkdirSync(join(nix.storeDirectory, program.baseName));
  writeFileSync(
    join(nix.storeDirectory, program.baseName, "run"),
    `#!${program.toString()}/run ${library.toString()}`,
  );
  const describe = (path: typeof library) => ({
    storePath: path,
    ...hashTree(join(nix.storeDirectory, path.baseName)),
    signatures: [],
  });
  return [
    { ...describe(library), references: [] },
    { ...describe(program), references: [library, program], deriver },
  ];
}

/** Milliseconds for a test under load: each starts Nix a dozen times. */
const deadline = 60_000;

const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);

test(
  "registrations written here are loaded by Nix, which finds every hash right",
  async () => {
    await using scratch = await scratchDirectory("registration");
    const nix = new RealNix(scratch.path);
    mkdirSync(nix.storeDirectory, { recursive: true });
    const registration = formatRegistration(addByHand(nix));
    await nix.run("nix-store", ["--load-db"], registration);
    expect(await nix.run("nix-store", ["--dump-db"])).toBe(registration);
    await nix.run("nix-store", ["--verify", "--check-contents"]);
    expect(formatRegistration(completed(parseRegistration(registration)))).toBe(registration);
  },
  deadline,
);

function completed(registrations: ReturnType<typeof parseRegistration>): PathInfo[] {
  return registrations.map(({ storePath, narHash, narSize, deriver, references }) => {
    if (narHash === undefined || narSize === undefined) throw new Error("no hash");
    const known = deriver === undefined ? {} : { deriver };
    return { storePath, narHash, narSize, references, ...known, signatures: [] };
  });
}

test(
  "what Nix copies to a signed cache is read, verified and proven as Nix sees it",
  async () => {
    await using scratch = await scratchDirectory("cache");
    const nix = new RealNix(scratch.path);
    const inside = (name: string) => join(scratch.path, name);
    mkdirSync(nix.storeDirectory, { recursive: true });
    await nix.run("nix-store", ["--load-db"], formatRegistration(addByHand(nix)));
    const expression =
      'builtins.toFile "outer" (builtins.toFile "a" "1" + " " + builtins.toFile "b" "2")';
    await nix.run("nix-instantiate", ["--eval", "--read-write-mode", "-E", expression]);
    makeRandomTree(inside("tree"), 8);
    writeFileSync(inside("file"), "hello");
    await nix.run("nix-store", ["--add", inside("tree")]);
    await nix.run("nix-store", ["--add-fixed", "sha256", inside("file")]);
    await nix.run("nix-store", ["--add-fixed", "sha512", inside("file")]);
    await nix.run("nix-store", ["--add-fixed", "--recursive", "sha512", inside("tree")]);
    const keys = [inside("secret"), inside("public")];
    await nix.run("nix-store", ["--generate-binary-cache-key", "cache.example.org-1", ...keys]);
    const publicKey = parsePublicKey(await Bun.file(inside("public")).text());
    const cache = `file://${inside("cache")}?compression=zstd&secret-key=${inside("secret")}`;
    await nix.run("nix", ["copy", "--all", "--to", cache]);

    const narinfos = readdirSync(inside("cache")).filter((name) => name.endsWith(".narinfo"));
    const infos: NarInfo[] = [];
    for (const name of narinfos) {
      const info = parseNarInfo(await Bun.file(inside(`cache/${name}`)).text());
      expect(name).toBe(`${info.storePath.hash}.narinfo`);
      expect(info.fileSize).toBe(Bun.file(inside(`cache/${info.url}`)).size);
      expect(verifySignatures(info, [publicKey])).toEqual(["cache.example.org-1"]);
      infos.push(info);
    }

    const known: unknown = JSON.parse(await nix.run("nix", ["path-info", "--all", "--json"]));
    const read = infos.map((info) => ({
      path: info.storePath.toString(),
      narHash: formatHashSri(info.narHash),
      narSize: info.narSize,
      references: info.references.map(String),
      ...(info.contentAddress === undefined ? {} : { ca: info.contentAddress }),
      ...(info.deriver === undefined ? {} : { deriver: info.deriver.toString() }),
      registrationTime: expect.any(Number),
    }));
    expect(read).toHaveLength(9);
    expect(known).toEqual(read.toSorted(byPath));

    const proofs = infos.map((info) => `${info.storePath.name} ${proofByContent(info)?.kind}`);
    expect(proofs.toSorted()).toEqual([
      "a file-hash",
      "b file-hash",
      "file file-hash",
      "file file-hash",
      "library-1.0 undefined",
      "outer file-hash",
      "program-2.0+git undefined",
      "tree nar-hash",
      "tree undefined",
    ]);
    const cacheInfo = await Bun.file(inside("cache/nix-cache-info")).text();
    expect(parseNixCacheInfo(cacheInfo).storeDirectory).toBe("/nix/store");
  },
  deadline,
);
