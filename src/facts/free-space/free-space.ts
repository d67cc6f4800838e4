import { open } from "node:fs/promises";
import type { Signature } from "../facts.ts";
import { readExtSpace } from "./ext.ts";
import { readFatSpace } from "./fat.ts";

/** The room on a file system, whether or not it is mounted. */
export interface FreeSpace {
  /** Bytes that no file takes. */
  readonly free: number;
  /** Bytes of the files in `EFI/nixos`, which the installer of systemd-boot replaces; left out where there are none. */
  readonly replaceable?: number;
}

/** Reads so many bytes from there on. @throws Error when there are fewer. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

const readers: Readonly<Record<string, (read: ReadAt) => Promise<FreeSpace | undefined>>> = {
  vfat: readFatSpace,
  ext2: readExtSpace,
  ext3: readExtSpace,
  ext4: readExtSpace,
};

/**
 * The room on the file system of a signature, out of its own tables: nothing is mounted, and nothing written.
 *
 * @returns `undefined` for types that are not known here, and for what cannot be read.
 */
export async function readFreeSpace({
  device,
  type,
}: Pick<Signature, "device" | "type">): Promise<FreeSpace | undefined> {
  const reader = readers[type];
  if (reader === undefined) return undefined;
  try {
    await using file = await open(device, "r");
    return await reader(async (position, length) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      if (bytesRead !== length) throw new Error(`${device} ends early`);
      return buffer;
    });
  } catch {
    return undefined;
  }
}
