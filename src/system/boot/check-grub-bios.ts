import { existsSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBlock } from "./compare-files.ts";
import type { Findings } from "./findings.ts";
import {
  coreImageBlocks,
  coreImageSector,
  isSameCoreImage,
  type SectorRange,
} from "./grub-core-image.ts";

const sectorSize = 512;

function coreImagePath(directory: string): string {
  return join(directory, "grub/i386-pc/core.img");
}

/** Whether GRUB was installed for BIOS firmware. @param directory That whose `grub` folder GRUB reads. */
export function hasBiosCoreImage(directory: string): boolean {
  return existsSync(coreImagePath(directory));
}

/**
 * Checks that the boot sector of one of the disks starts the core image that a folder of GRUB holds. Of the other disks
 * it is noted which do not: the machine cannot start without the first.
 *
 * @param directories The directories whose `grub` folders GRUB reads, in the live system's view.
 * @param disks Whole disks: `/dev/vda`.
 */
export async function checkGrubBios(
  findings: Findings,
  directories: readonly string[],
  disks: readonly string[],
): Promise<void> {
  const files = directories.map(coreImagePath);
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    findings.problems.push(`GRUB's core image ${files.join(" or ")} is missing`);
    return;
  }
  const images = await Promise.all(present.map((file) => readFile(file)));
  const problems: string[] = [];
  for (const disk of disks) {
    const found = await Promise.all(images.map((image) => diskProblem(disk, image)));
    const [problem] = found;
    if (problem !== undefined && !found.includes(undefined)) problems.push(`${disk} ${problem}`);
  }
  if (problems.length === disks.length) {
    findings.problems.push(`no disk starts GRUB: ${problems.join("; ")}`);
  } else {
    findings.notes.push(
      ...problems.map((problem) => `The machine does not start from every disk: ${problem}`),
    );
  }
}

/** What is wrong with GRUB on a disk, as the end of a sentence that begins with the disk. */
async function diskProblem(disk: string, image: Buffer): Promise<string | undefined> {
  await using device = await open(disk, "r");
  const bootSector = await readSectors(device, { first: 0, count: 1 });
  const start = coreImageSector(bootSector);
  if (start === undefined) {
    const empty = bootSector.subarray(0, 440).every((byte) => byte === 0);
    return empty ? "has no boot code" : "has boot code that is not GRUB's";
  }
  const first = Number.isSafeInteger(start * sectorSize)
    ? await readSectors(device, { first: start, count: 1 })
    : Buffer.alloc(0);
  if (first.length < sectorSize) return `has no sector ${start}, where GRUB should begin`;
  const rest: Buffer[] = [];
  for (const block of coreImageBlocks(first, Math.ceil(image.length / sectorSize) - 1)) {
    rest.push(await readSectors(device, block));
  }
  return isSameCoreImage(Buffer.concat([first, ...rest]), image)
    ? undefined
    : `has another core image at sector ${start} than GRUB's folder`;
}

function readSectors(device: FileHandle, { first, count }: SectorRange): Promise<Buffer> {
  return readBlock(device, first * sectorSize, count * sectorSize);
}
