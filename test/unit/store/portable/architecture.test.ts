import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkArchitecture, elfSystem } from "../../../../src/store/portable/architecture.ts";
import { scratchDirectory } from "../../../support/scratch.ts";

const own = readFileSync(process.execPath).subarray(0, 20);

function forMachine(machine: number): Buffer {
  const header = Buffer.from(own);
  header.writeUInt16LE(machine, 18);
  return header;
}

test("the system of a program is told from its header", () => {
  expect(elfSystem(own)).toBe(process.arch === "arm64" ? "aarch64-linux" : "x86_64-linux");
  expect(elfSystem(forMachine(183))).toBe("aarch64-linux");
  expect(elfSystem(forMachine(3))).toBe("i686-linux");
});

test("a script, a short file and an unknown machine tell nothing", () => {
  expect(elfSystem(Buffer.from("#!/bin/sh -e\nexec nix-store"))).toBeUndefined();
  expect(elfSystem(own.subarray(0, 19))).toBeUndefined();
  expect(elfSystem(forMachine(9999))).toBeUndefined();
});

test("a program for another machine is refused with both named", async () => {
  await using scratch = await scratchDirectory("architecture");
  const program = join(scratch.path, "nix");
  await Bun.write(program, forMachine(183));
  expect(checkArchitecture(program, "x86_64-linux")).rejects.toThrow(
    "the portable store is for aarch64-linux, this machine is x86_64-linux",
  );
  await checkArchitecture(program, "aarch64-linux");
});
