import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseBootOrder, parseEfiLoadOption } from "../../../../src/system/boot/efi-load-option.ts";
import { noFindings } from "../../../../src/system/boot/findings.ts";
import {
  checkFirmwareEntry,
  type FirmwareExpectation,
} from "../../../../src/system/boot/firmware-entries.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { loadOption } from "./load-option.ts";

const esp = "9b39b4c4-c48b-4ebf-bfea-a56b2395b7e0";
const otherDisk = "00000000-1111-2222-3333-444444444444";
const program = "\\EFI\\systemd\\systemd-bootx64.efi";

test("a load option tells description, partition and file", () => {
  expect(parseEfiLoadOption(loadOption("Linux Boot Manager", esp, program))).toEqual({
    active: true,
    description: "Linux Boot Manager",
    partitionGuid: esp,
    file: program,
  });
});

test("an option that OVMF makes for its own shell names neither partition nor file", () => {
  // Boot#### of OVMF: "EFI Internal Shell" in a firmware volume.
  const bytes = Buffer.concat([
    Buffer.from([1, 0, 0, 0, 44, 0]),
    Buffer.from("EFI Internal Shell\0", "utf16le"),
    Buffer.from("04071400c9bdb87cebf8344faaea3ee4af6516a1", "hex"),
    Buffer.from("0406140083a5047c3e9e1c4fad65e05268d0b4d1", "hex"),
    Buffer.from("7fff0400", "hex"),
  ]);
  expect(parseEfiLoadOption(bytes)).toEqual({
    active: true,
    description: "EFI Internal Shell",
    partitionGuid: undefined,
    file: undefined,
  });
});

test("an option that ends too soon is an error", () => {
  const bytes = loadOption("Linux", esp, program);
  expect(() => parseEfiLoadOption(bytes.subarray(0, bytes.length - 20))).toThrow(RangeError);
});

test("the boot order is a list of little-endian numbers", () => {
  expect(parseBootOrder(Buffer.from([3, 0, 0xff, 0x1a]))).toEqual([3, 0x1aff]);
});

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeEach(async () => {
  scratch = await scratchDirectory("efivars");
});
afterEach(() => scratch[Symbol.asyncDispose]());

async function setVariable(name: string, value: Uint8Array): Promise<void> {
  const file = join(scratch.path, `${name}-8be4df61-93ca-11d2-aa0d-00e098032b8c`);
  await writeFile(file, Buffer.concat([Buffer.from([7, 0, 0, 0]), value]));
}

const loader = { directory: "/mnt/boot", path: "EFI/systemd/systemd-bootx64.efi" };
const fallback = { directory: "/mnt/boot", path: "EFI/BOOT/BOOTX64.EFI" };
const expectation: FirmwareExpectation = {
  loader,
  fallback,
  partitionGuid: esp,
  efiVariables: true,
  use: "required",
};

async function check(changes: Partial<FirmwareExpectation> = {}) {
  const findings = noFindings();
  await checkFirmwareEntry(findings, { ...expectation, ...changes }, scratch.path);
  return findings;
}

test("an active entry of the boot order that leads to the loader is found", async () => {
  await setVariable("Boot0000", loadOption("Other", otherDisk, program));
  await setVariable("Boot001A", loadOption("Linux Boot Manager", esp, program.toUpperCase()));
  await setVariable("BootOrder", Buffer.from([0, 0, 0x1a, 0]));
  const findings = await check();
  expect(findings.problems).toEqual([]);
  expect(findings.loader).toContain("Boot001A (Linux Boot Manager)");
});

const missing = `no active firmware entry leads to ${loader.path}, although the system is made to write one (boot.loader.efi.canTouchEfiVariables)`;

test.each([
  ["none", []],
  ["inactive", [loadOption("Linux", esp, program, { active: false })]],
  ["on another disk", [loadOption("Linux", otherDisk, program)]],
  ["to another program", [loadOption("Linux", esp, "\\EFI\\other.efi")]],
  ["malformed", [Buffer.from([1, 0, 0, 0, 200, 0, 65, 0, 0, 0])]],
])("an entry that is needed is missed: %s", async (_, options) => {
  for (const [index, option] of options.entries()) await setVariable(`Boot000${index}`, option);
  await setVariable("BootOrder", Buffer.from([0, 0]));
  expect((await check()).problems).toEqual([missing]);
});

test("an entry that is in no boot order does not count", async () => {
  await setVariable("Boot0000", loadOption("Linux", esp, program));
  expect((await check()).problems).toEqual([missing]);
});

test("a system that need not write an entry boots by the fallback path", async () => {
  for (const use of ["attempted", "untouched", undefined] as const) {
    const { problems, notes } = await check({ use });
    expect(problems).toEqual([]);
    expect(notes.join()).toContain("EFI/BOOT/BOOTX64.EFI");
  }
  const hidden = await check({ efiVariables: false });
  expect([...hidden.problems, ...hidden.notes]).toEqual([]);
});

test("neither entry nor fallback is a problem", async () => {
  expect((await check({ efiVariables: false, fallback: undefined })).problems).toEqual([
    `no active firmware entry leads to ${loader.path}, and the ESP has no loader at the fallback path EFI/BOOT`,
  ]);
});
