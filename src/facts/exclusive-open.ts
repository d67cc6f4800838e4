import { closeSync, constants, openSync } from "node:fs";
import { errorCode } from "../errors.ts";
import { pollUntil } from "./poll.ts";

/** Seconds that a program which only looks at a new device (mdadm, LVM) may take. */
const passingUse = 2;

function canOpenExclusively(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_EXCL));
    return true;
  } catch (error) {
    return errorCode(error) !== "EBUSY";
  }
}

/**
 * Whether the kernel refuses an exclusive open of a block device (open(2), O_EXCL without O_CREAT) for longer than a
 * passing glance: it is mounted somewhere, part of an array or pool, or open exclusively in another program.
 */
export async function isHeldExclusively(path: string): Promise<boolean> {
  return !(await pollUntil(passingUse, () => canOpenExclusively(path)));
}
