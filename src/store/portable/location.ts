import type { Memory } from "../../facts/facts.ts";

/** Where the portable store lives while the installer runs: a tmpfs, or a directory on the disk that is installed to. */
export type PortableStoreLocation = "memory" | "target";

const MiB = 1024 * 1024;

/** How much larger a store is than its tarball: xz packs a Nix closure to a quarter or a fifth. */
const unpackedRatio = 5;

/** What the installer and the programs it starts need besides, bytes. */
const headRoom = 256 * MiB;

/** What must be available when the tarball's size is not known beforehand, bytes: enough for Nix's own binary tarball. */
const unknownSizeNeed = 1536 * MiB;

/**
 * Where the portable store is to be unpacked. In memory, so that a bad tarball is refused before any disk is touched,
 * when what is available covers five times the tarball and 256 MiB more, or 1.5 GiB for a tarball of unknown size
 * (standard input, a URL without Content-Length).
 *
 * @param tarballSize Bytes of the tarball as it is packed.
 */
export function portableStoreLocation(memory: Memory, tarballSize?: number): PortableStoreLocation {
  return memory.available >= portableStoreNeed(tarballSize) ? "memory" : "target";
}

/** Bytes of memory that must be available for the portable store to be unpacked there. */
export function portableStoreNeed(tarballSize?: number): number {
  return tarballSize === undefined ? unknownSizeNeed : tarballSize * unpackedRatio + headRoom;
}
