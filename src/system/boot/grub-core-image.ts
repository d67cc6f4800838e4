/** Bytes of a sector as the BIOS and GRUB's block lists count them. */
const sectorSize = 512;

/** Offset in the boot sector of the number of the core image's first sector (GRUB, `include/grub/i386/pc/boot.h`). */
const kernelSectorOffset = 0x5c;
/** Bytes of the boot sector that are code; behind them are the disk's signature and partition table. */
const bootCodeSize = 440;
/** Offset of the first block list in the core image's first sector; further ones lie below it. */
const firstBlockListOffset = sectorSize - 12;
const blockListSize = 12;
/** The last sector whose position in bytes is still a safe integer. */
const lastSector = 2 ** 43;
/**
 * Bytes at the core image's start that differ on the disk: grub-install fills in the block lists of the first sector
 * and the boot drive and redundancy fields at the head of the second.
 */
const patchedSize = sectorSize + 0x20;

/** Sectors in a row on a disk. */
export interface SectorRange {
  readonly first: number;
  readonly count: number;
}

/** Where GRUB's boot sector says that its core image begins, in sectors; `undefined` when it is not GRUB's. */
export function coreImageSector(bootSector: Uint8Array): number | undefined {
  const code = Buffer.from(bootSector.subarray(0, bootCodeSize));
  if (!code.includes("GRUB ")) return undefined;
  return Number(code.readBigUInt64LE(kernelSectorOffset));
}

/**
 * The sectors of a core image behind its first, from the block lists in it, up to `count` of them. Fewer when a list is
 * none: it is not checked that they are a core image's at all.
 */
export function coreImageBlocks(firstSector: Uint8Array, count: number): SectorRange[] {
  const lists = Buffer.from(firstSector);
  const blocks: SectorRange[] = [];
  let missing = count;
  for (let offset = firstBlockListOffset; offset > 0 && missing > 0; offset -= blockListSize) {
    const first = Number(lists.readBigUInt64LE(offset));
    const length = Math.min(lists.readUInt16LE(offset + 8), missing);
    if (length === 0 || first > lastSector) break;
    blocks.push({ first, count: length });
    missing -= length;
  }
  return blocks;
}

/** Whether the image read from the disk is that of the file `core.img`, but for what grub-install changes in it. */
export function isSameCoreImage(onDisk: Uint8Array, file: Uint8Array): boolean {
  return (
    file.length > patchedSize &&
    onDisk.length >= file.length &&
    Buffer.from(onDisk.subarray(patchedSize, file.length)).equals(file.subarray(patchedSize))
  );
}
