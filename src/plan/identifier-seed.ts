import type { Disk } from "../facts/facts.ts";
import type { Manifest } from "../manifest/schema.ts";
import { parseStorePath } from "../nix/store-path.ts";

/**
 * What a disk's identifiers are derived from: `[system] seed`, so that a system can be built against identifiers that
 * are known before its disks are; else the toplevel's hash and the disk's own identity.
 *
 * @param name The disk's name in the manifest.
 */
export function identifierSeed({ system }: Manifest, name: string, disk: Disk): string {
  const { hash } = parseStorePath(system.toplevel);
  return system.seed ?? `${hash}/${disk.wwn ?? disk.serial ?? name}`;
}
