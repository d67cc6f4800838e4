/** What every Nix archive begins with. */
export const narMagic = "nix-archive-1";

/** Bytes of a file name: `NAME_MAX` of Linux. Nix leaves it to the file system. */
export const maximumNameLength = 255;

/** Bytes of a symbolic link's target: `PATH_MAX` of Linux less its NUL. Nix leaves it to the file system. */
export const maximumTargetLength = 4095;

/**
 * Directories inside each other. Nix has no limit of its own, but names files by whole paths, of which a deeper one
 * than this does not fit into `PATH_MAX`.
 */
export const maximumDepth = 2048;

/** Every string and every file is filled up with NULs to a multiple of this many bytes. */
const alignment = 8;

/** The NULs, 0 to 7, that follow a string or file of this many bytes. */
export function paddingLength(length: number): number {
  return (alignment - (length % alignment)) % alignment;
}

/** A string of ASCII as a NAR has it: its length in 8 bytes, little-endian, itself, padding. */
export function narString(text: string): Buffer {
  const bytes = Buffer.alloc(8 + text.length + paddingLength(text.length));
  bytes.writeUInt32LE(text.length, 0);
  bytes.write(text, 8, "latin1");
  return bytes;
}

/** Why these bytes cannot be the name of a directory entry, or `undefined` if they can. */
export function nameFault(name: Buffer): string | undefined {
  if (name.length === 0) return "is empty";
  if (name.length > maximumNameLength) return `is longer than ${maximumNameLength} bytes`;
  if (name.includes(0)) return "contains NUL";
  if (name.includes("/")) return "contains a slash";
  if (name[0] === dot && (name.length === 1 || (name.length === 2 && name[1] === dot))) {
    return "is reserved";
  }
  return undefined;
}

/** Why these bytes cannot be the target of a symbolic link, or `undefined` if they can. */
export function targetFault(target: Buffer): string | undefined {
  if (target.length === 0) return "is empty";
  if (target.length > maximumTargetLength) return `is longer than ${maximumTargetLength} bytes`;
  return target.includes(0) ? "contains NUL" : undefined;
}

const dot = ".".charCodeAt(0);
