import { createHash } from "node:crypto";

/** Namespace of the project's identifiers: the UUIDv5 of the URL namespace and `https://landfall.invalid/`. */
const landfallNamespace = "c0c4c012-251f-5fcf-a099-0a72b0cf0d3a";

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}

/**
 * A name-based UUID, version 5 (RFC 9562, section 5.5), in lower case.
 *
 * @param namespace A UUID.
 * @param name Any text, hashed as UTF-8.
 */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash("sha1").update(uuidBytes(namespace)).update(name, "utf8").digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex", 0, 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/**
 * The identifier of an object of the manifest: the same for the same seed and name on every run, and different for
 * every other pair.
 *
 * @param seed The host's seed, such as `[system] seed`.
 * @param name The object's name in the manifest, such as `disk.main.root`.
 *
 * @example
 * ```ts
 * deterministicUuid("host-7", "filesystem./");
 * ```
 */
export function deterministicUuid(seed: string, name: string): string {
  return uuidV5(uuidV5(landfallNamespace, seed), name);
}

/**
 * The volume serial number of a FAT file system in the form of blkid and `/dev/disk/by-uuid`: `1A2B-3C4D`. It is made
 * of the first 32 bits of {@link deterministicUuid}; FAT has no room for more.
 */
export function deterministicVolumeId(seed: string, name: string): string {
  const digits = deterministicUuid(seed, name).slice(0, 8).toUpperCase();
  return `${digits.slice(0, 4)}-${digits.slice(4)}`;
}
