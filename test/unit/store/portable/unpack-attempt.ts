import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes } from "../../../../src/compression/to-stream.ts";
import { InstallerError } from "../../../../src/errors.ts";
import { type UnpackedStore, unpackTarball } from "../../../../src/store/portable/unpack.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import type { ArchiveEntry } from "./tar-archive.ts";

export const one = `${"1".repeat(32)}-one`;
export const two = `${"2".repeat(32)}-two`;
const official = "nix-2.31.2-x86_64-linux";

/** 600 000 bytes that no packer makes smaller, the same each time. */
const incompressible = Buffer.concat(
  Array.from({ length: 18_750 }, (_, index) => Bun.CryptoHasher.hash("sha256", String(index))),
);

/** A store of two paths, as its entries are called below the directory of the store. */
export function storeEntries(directory: string): ArchiveEntry[] {
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

export const officialEntries: readonly ArchiveEntry[] = [
  { name: `${official}/`, type: "5" },
  { name: `${official}/install`, data: "#!/bin/sh", mode: 0o755 },
  ...storeEntries(`${official}/store`),
  { name: `${official}/.reginfo`, data: "registration" },
];

export interface Attempt {
  readonly archive: Uint8Array;
  readonly sha256?: string;
  readonly pieceLength?: number;
}

export async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Bytes, void> {
  for (let offset = 0; offset < bytes.length; offset += length) {
    yield new Uint8Array(bytes.subarray(offset, offset + length));
  }
}

/** Unpacks into `inside` of a scratch directory, in which nothing else may appear. */
export async function unpack(
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
export async function failure(attempt: Attempt): Promise<InstallerError> {
  try {
    await unpack(attempt);
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

export const packers: Readonly<Record<string, readonly string[]>> = {
  none: ["cat"],
  gzip: ["gzip", "-1"],
  zstd: ["zstd", "-q", "-T0"],
  xz: ["xz", "-0"],
};

export async function pack(compression: string, archive: Uint8Array): Promise<Uint8Array> {
  const packer = Bun.spawn([...(packers[compression] ?? [])], { stdin: archive, stdout: "pipe" });
  return await new Response(packer.stdout).bytes();
}
