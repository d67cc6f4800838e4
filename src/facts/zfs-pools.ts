import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Holder, Signature } from "./facts.ts";

/** The ZFS pools among the signatures that the kernel has imported, as holders of the devices. */
export function importedPools(signatures: readonly Signature[], proc = "/proc"): Holder[] {
  return signatures.flatMap(({ type, label, device }) => {
    if (type !== "zfs_member" || label === undefined) return [];
    // The module keeps a directory for each imported pool.
    if (!existsSync(join(proc, "spl/kstat/zfs", label))) return [];
    return [{ kind: "zfs-pool" as const, device, name: label }];
  });
}
