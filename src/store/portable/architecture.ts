import { open } from "node:fs/promises";
import { wrongSystem } from "./layout.ts";

/** `e_machine` of elf(5) to what Nix calls such a system. Only little-endian ones. */
const systems: Readonly<Record<number, string>> = {
  3: "i686-linux",
  21: "powerpc64le-linux",
  40: "armv7l-linux",
  62: "x86_64-linux",
  183: "aarch64-linux",
  243: "riscv64-linux",
};

/** Offset of `e_machine`, and the bytes up to its end. */
const machineOffset = 18;
const headerLength = 20;

/**
 * The system that a program is for, from its ELF header; `undefined` when it is no ELF file, such as a script, or for a
 * machine that Nix does not run on.
 *
 * @param header The first 20 bytes of the program.
 */
export function elfSystem(header: Buffer): string | undefined {
  const magic = header.toString("latin1", 0, 4);
  if (header.length < headerLength || magic !== "\x7fELF") return undefined;
  const littleEndian = header[5] === 1;
  const machine = littleEndian
    ? header.readUInt16LE(machineOffset)
    : header.readUInt16BE(machineOffset);
  return littleEndian ? systems[machine] : `a big-endian machine (${machine})`;
}

/**
 * Makes sure that a program is one for this machine, before it fails to start with words that help nobody.
 *
 * @throws {InstallerError} `refused` when it is for another.
 */
export async function checkArchitecture(program: string, system: string): Promise<void> {
  await using file = await open(program);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headerLength), 0, headerLength, 0);
  const actual = elfSystem(buffer.subarray(0, bytesRead));
  if (actual !== undefined && actual !== system) throw wrongSystem(actual, system);
}
