import { isDeepStrictEqual } from "node:util";
import { InstallerError } from "../../errors.ts";
import { gatherDisk } from "../../facts/disks.ts";
import { changedError, checkIdentity, type ExpectedDisk } from "../safety/recheck.ts";
import { checkUnused } from "./kept-disk.ts";
import type { TableLayout } from "./layout.ts";

/**
 * Looks at a disk whose table is kept once more right before it is written: it must still be the disk that the plan was
 * made for, with that very table, and what is kept on it not in use.
 *
 * @throws {InstallerError} `disk` or `refused`, before anything is written to it.
 */
export async function recheckKeptTable(
  expected: ExpectedDisk & TableLayout,
  signal: AbortSignal,
): Promise<void> {
  const disk = checkIdentity(expected, await gatherDisk(expected.device, signal));
  if (!isDeepStrictEqual(disk.table, expected.kept?.table)) {
    throw changedError(expected, "another partition table");
  }
  if (disk.readOnly) {
    throw new InstallerError("disk", `${expected.device} is read-only`, {
      object: `disk.${expected.disk}`,
    });
  }
  checkUnused(expected.disk, disk, expected.kept?.partitions ?? []);
}
