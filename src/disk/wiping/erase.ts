import { type FileHandle, open } from "node:fs/promises";
import type { Disk } from "../../facts/facts.ts";
import { GiB, KiB, MiB } from "../../values/size.ts";

/**
 * How much is zeroed at either end of a disk and of each of its partitions: all headers, and the backup headers of GPT,
 * md (metadata 0.90 and 1.0), ZFS, bcachefs, DDF and the RAID of mainboards, which are at the end.
 */
const headSize = 2 * MiB;
const tailSize = 4 * MiB;

/** Backups in between: the second headers of LUKS2, the further superblocks of btrfs. */
const backups: readonly number[] = [2 * MiB, 4 * MiB, 64 * MiB, 256 * GiB];
const backupSize = 4 * KiB;

/** A part of a disk, in bytes. */
export interface Region {
  readonly start: number;
  readonly size: number;
}

/** Where signatures and their backups may be on a device that lies there; nothing beyond its end. Pure. */
export function signatureRegions({ start, size }: Region): Region[] {
  const end = start + size;
  const tail = Math.max(start, end - tailSize);
  return [
    { start, size: headSize },
    ...backups.map((offset) => ({ start: start + offset, size: backupSize })),
    { start: tail, size: tailSize },
  ]
    .map((region) => ({ ...region, size: Math.min(region.size, end - region.start) }))
    .filter((region) => region.size > 0);
}

const zeros = Buffer.alloc(MiB);

async function zero(device: FileHandle, { start, size }: Region): Promise<void> {
  for (let done = 0; done < size; ) {
    const length = Math.min(zeros.length, size - done);
    const { bytesWritten } = await device.write(zeros, 0, length, start + done);
    done += bytesWritten;
  }
}

/**
 * Erases the signatures that wipefs(8) knows on a device. Forced, since the installer itself holds the disk, so that
 * nothing assembles what is on it in the meantime.
 */
export function eraseCommand(device: string): readonly string[] {
  return ["wipefs", "--all", "--force", device];
}

/** Has the kernel forget one partition of a disk. */
export function forgetCommand(disk: string, number: number): readonly string[] {
  return ["partx", "--delete", "--nr", String(number), disk];
}

/**
 * Zeroes all places of a disk, and of the partitions it has had, where some program may look for a signature, also the
 * backups that wipefs leaves. To be called when the kernel has no partitions of the disk any more, whose caches would
 * still show what was there.
 */
export async function zeroSignatures({ path, size, partitions, table }: Disk): Promise<void> {
  await using device = await open(path, "r+");
  // The table may have partitions that the kernel never took over.
  for (const part of [...partitions, ...(table?.partitions ?? []), { start: 0, size }]) {
    // The table of a larger disk that was copied here reaches beyond the end.
    const end = Math.min(part.start + part.size, size);
    const there = { start: part.start, size: end - part.start };
    for (const region of signatureRegions(there)) await zero(device, region);
  }
  await device.sync();
}
