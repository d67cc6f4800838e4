import { expect, test } from "bun:test";
import { checkPortableExecutable } from "../../../../src/system/boot/portable-executable.ts";
import { efiProgram } from "./efi-program.ts";

test("an EFI program tells its architecture", () => {
  expect(checkPortableExecutable(efiProgram())).toBe("x64");
  expect(checkPortableExecutable(efiProgram(0xaa64))).toBe("aa64");
  expect(checkPortableExecutable(efiProgram(0x14c))).toBe("ia32");
});

test.each([
  ["empty", Buffer.alloc(0), "no MZ header"],
  ["zeros", Buffer.alloc(4096), "no MZ header"],
  ["a script", Buffer.from("#!/bin/sh\n".padEnd(100)), "no MZ header"],
  ["half", efiProgram().subarray(0, 1000), "is truncated"],
  ["headers cut", efiProgram().subarray(0, 0x90), "is truncated"],
  ["another machine", efiProgram(0x1c0), "unknown machine (0x1c0)"],
])("what is none is refused: %s", (_, bytes, message) => {
  expect(() => checkPortableExecutable(bytes)).toThrow(message);
});

test("an MZ program of DOS is no EFI program", () => {
  const program = efiProgram();
  program.fill(0, 0x80, 0x84);
  expect(() => checkPortableExecutable(program)).toThrow("no PE header");
});
