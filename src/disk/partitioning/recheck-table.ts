import { isDeepStrictEqual } from "node:util";
import { InstallerError } from "../../errors.ts";
import { gatherDisk } from "../../facts/disks.ts";
import { type ExpectedDisk, identityDifference } from "../safety/recheck.ts";
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
  const object = `disk.${expected.disk}`;
  const disk = await gatherDisk(expected.device, signal);
  if (disk === undefined) {
    throw new InstallerError("disk", `${expected.device} is gone`, { object });
  }
  const changed =
    identityDifference(expected, disk) ??
    (isDeepStrictEqual(disk.table, expected.kept?.table) ? undefined : "another partition table");
  if (changed !== undefined) {
    throw new InstallerError(
      "disk",
      `${expected.device} is not what it was when the plan was made: ${changed}`,
      { object, hint: "Run the installer again, which makes a new plan." },
    );
  }
  if (disk.readOnly)
    throw new InstallerError("disk", `${expected.device} is read-only`, { object });
  checkUnused(expected.disk, disk, expected.kept?.partitions ?? []);
}
