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

test("an option that bootctl wrote into the variables of OVMF is read", () => {
  const written = [
    "0100000074004c0069006e0075007800200042006f006f00740020004d0061006e006100670065007200000004012a00",
    "0100000000080000000000000000080000000000561202c7b7fe755abb63198d146751e30202040446005c0045004600",
    "49005c00730079007300740065006d0064005c00730079007300740065006d0064002d0062006f006f00740078003600",
    "34002e0065006600690000007fff0400",
  ];
  expect(parseEfiLoadOption(Buffer.from(written.join(""), "hex"))).toEqual({
    active: true,
    description: "Linux Boot Manager",
    partitionGuid: "c7021256-feb7-5a75-bb63-198d146751e3",
    file: program,
  });
});

test("an option for a program in OVMF's own volume names neither partition nor file", () => {
  const written =
    "090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400";
  expect(parseEfiLoadOption(Buffer.from(written, "hex"))).toEqual({
    active: true,
    description: "UiApp",
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
