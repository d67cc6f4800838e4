import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { exec } from "../../src/run/command.ts";
import type { Bus, DiskImage } from "./qemu-options.ts";

/** A disk of the machine, empty unless it is given contents. */
export interface Disk {
  /** Its serial is `landfall-NAME`; at most 11 letters, digits and hyphens. */
  readonly name: string;
  /** MiB; on the host only what is written takes room, so that a disk may be larger than the host's. */
  readonly size: number;
  /** "virtio" unless given. */
  readonly bus?: Bus;
  /** Logical and physical sector size in bytes, 512 unless given. */
  readonly sectorSize?: 512 | 4096;
  /** By how many ways the machine reaches it, 1 unless given; more take a bus "scsi". */
  readonly paths?: number;
  /** Whether it is in its drive, true unless given; otherwise it takes a bus "usb". */
  readonly isInserted?: boolean;
  /** What stands at its beginning: bytes, or the path of a file on the host. */
  readonly contents?: Uint8Array | string;
  /** The Unix socket of an NBD server that gives the machine the image, instead of the file itself. */
  readonly socket?: string;
}

/** Makes the image of a disk in a directory, sparse where it is empty. */
export async function makeDisk(directory: string, disk: Disk): Promise<DiskImage> {
  const { name, size, bus = "virtio", sectorSize = 512, contents = "", socket } = disk;
  const { paths = 1, isInserted = true } = disk;
  const path = join(directory, `${name}.img`);
  if (typeof contents === "string" && contents !== "") {
    await exec(["cp", "--sparse=always", contents, path]);
  } else {
    await Bun.write(path, contents);
  }
  await truncate(path, size * 2 ** 20);
  return { path, serial: `landfall-${name}`, bus, sectorSize, paths, isInserted, socket };
}

/** A part of a disk: first byte and number of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** SHA-256 of an image or of a part of it, as the host reads it. */
export async function hashImage({ path }: DiskImage, range?: ByteRange): Promise<string> {
  const hash = createHash("sha256");
  const bounds = range && { start: range.start, end: range.start + range.length - 1 };
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20, ...bounds }), hash);
  return hash.digest("hex");
}
