/** Bytes of a sector. */
const sector = 512;

/**
 * The first part of a disk as grub-install leaves it on a GPT disk: GRUB's boot sector, and its core image from the
 * given sector on, with block lists and drive filled in.
 *
 * @param image The file `core.img`.
 */
export function grubDisk(image: Buffer, firstSector: number): Buffer {
  const count = Math.ceil(image.length / sector);
  const disk = Buffer.alloc((firstSector + count + 1) * sector);
  disk.set([0xeb, 0x63, 0x90]);
  disk.writeBigUInt64LE(BigInt(firstSector), 0x5c);
  disk.write("GRUB \0Geom\0Hard Disk\0Read\0 Error", 0x180);
  disk.set([0x55, 0xaa], 510);
  const start = firstSector * sector;
  image.copy(disk, start);
  disk.writeBigUInt64LE(BigInt(firstSector + 1), start + 500);
  disk.writeUInt16LE(count - 1, start + 508);
  disk.writeUInt16LE(0x820, start + 510);
  disk.writeUInt16LE(0x6ab6, start + 528);
  return disk;
}
