import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkGrubBios } from "../../../../src/system/boot/check-grub-bios.ts";
import { noFindings } from "../../../../src/system/boot/findings.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { grubDisk } from "./grub-disk.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeEach(async () => {
  scratch = await scratchDirectory("grub");
  await mkdir(join(scratch.path, "grub/i386-pc"), { recursive: true });
});
afterEach(() => scratch[Symbol.asyncDispose]());

const image = Buffer.from(Array.from({ length: 27_000 }, (_, index) => (index * 7) % 251));
// The end of its block lists, and what grub-install fills in.
image.fill(0, 488, 544);

/** What is found out about disks of these contents. */
async function findingsOf(...disks: readonly Buffer[]) {
  await writeFile(join(scratch.path, "grub/i386-pc/core.img"), image);
  const paths = disks.map((_, index) => join(scratch.path, `disk${index}`));
  for (const [index, disk] of disks.entries()) await writeFile(paths[index] ?? "", disk);
  const findings = noFindings();
  await checkGrubBios(findings, [scratch.path], paths);
  const short = (texts: readonly string[]) =>
    texts.map((text) => text.replaceAll(`${scratch.path}/`, ""));
  return { problems: short(findings.problems), notes: short(findings.notes) };
}

/** What is wrong with disks of these contents. */
async function problemsOf(...disks: readonly Buffer[]): Promise<readonly string[]> {
  return (await findingsOf(...disks)).problems;
}

test("a disk that starts the core image of GRUB's folder is right", async () => {
  expect(await problemsOf(grubDisk(image, 2048))).toEqual([]);
  expect(await problemsOf(Buffer.alloc(4096), grubDisk(image, 1))).toEqual([]);
});

test("a disk without boot code is told apart from one of another system", async () => {
  const other = Buffer.alloc(4096);
  other.write("another loader");
  expect(await problemsOf(Buffer.alloc(4096), other)).toEqual([
    "no disk starts GRUB: disk0 has no boot code; disk1 has boot code that is not GRUB's",
  ]);
});

test("a core image that was damaged or never written is found", async () => {
  const damaged = grubDisk(image, 2048);
  damaged.writeUInt8(damaged.readUInt8(2048 * 512 + 20_000) ^ 1, 2048 * 512 + 20_000);
  const missing = grubDisk(image, 2048).fill(0, 2048 * 512);
  const garbage = grubDisk(image, 2048);
  garbage.fill(0xff, 2048 * 512, 2049 * 512);
  const short = grubDisk(image, 2048).subarray(0, 2048 * 512);
  for (const disk of [damaged, missing, garbage]) {
    expect(await problemsOf(disk)).toEqual([
      "no disk starts GRUB: disk0 has another core image at sector 2048 than GRUB's folder",
    ]);
  }
  expect(await problemsOf(short)).toEqual([
    "no disk starts GRUB: disk0 has no sector 2048, where GRUB should begin",
  ]);
});

test("a missing core image is named", async () => {
  const findings = noFindings();
  await checkGrubBios(findings, [scratch.path], []);
  expect(findings.problems).toEqual([
    `GRUB's core image ${scratch.path}/grub/i386-pc/core.img is missing`,
  ]);
});

test("of several disks those that do not start GRUB are noted", async () => {
  expect(await findingsOf(grubDisk(image, 2048), Buffer.alloc(4096))).toEqual({
    problems: [],
    notes: ["The machine does not start from every disk: disk1 has no boot code"],
  });
});

test("each disk may start a GRUB of its own", async () => {
  const other = Buffer.from(image.toReversed());
  const second = join(scratch.path, "second");
  await mkdir(join(second, "grub/i386-pc"), { recursive: true });
  await writeFile(join(scratch.path, "grub/i386-pc/core.img"), image);
  await writeFile(join(second, "grub/i386-pc/core.img"), other);
  const disks = [join(scratch.path, "disk0"), join(scratch.path, "disk1")];
  await writeFile(disks[0] ?? "", grubDisk(image, 34));
  await writeFile(disks[1] ?? "", grubDisk(other, 34));
  const findings = noFindings();
  await checkGrubBios(findings, [scratch.path, second], disks);
  expect(findings).toEqual(noFindings());
});
