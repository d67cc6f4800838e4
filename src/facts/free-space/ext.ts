import type { FreeSpace, ReadAt } from "./free-space.ts";

/** Where the superblock of ext2, ext3 and ext4 lies, and how long it is (Linux's `Documentation/filesystems/ext4`). */
const superblock = { at: 1024, size: 1024 };

const magic = 0xef53;
/** `s_feature_incompat`: the journal holds what is not in its place yet, as long as it is mounted and after a crash. */
const needsRecovery = 0x4;
const has64Bits = 0x80;
/** `s_state`: it was unmounted in order. */
const isClean = 0x1;

/** The room on an ext2, ext3 or ext4; `undefined` where its superblock is not the truth. @throws what `read` throws. */
export async function readExtSpace(read: ReadAt): Promise<FreeSpace | undefined> {
  const bytes = await read(superblock.at, superblock.size);
  const incompatible = bytes.readUInt32LE(0x60);
  const state = bytes.readUInt16LE(0x3a);
  if (bytes.readUInt16LE(0x38) !== magic) return undefined;
  if ((incompatible & needsRecovery) !== 0 || (state & isClean) === 0) return undefined;
  const high = (incompatible & has64Bits) === 0 ? 0 : bytes.readUInt32LE(0x158);
  const blocks = high * 2 ** 32 + bytes.readUInt32LE(0x0c);
  return { free: blocks * 1024 * 2 ** bytes.readUInt32LE(0x18) };
}
