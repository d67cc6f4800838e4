import { InstallerError } from "../errors.ts";
import type { PlannedDevice } from "./storage-object.ts";

/**
 * Whether something is made new on a device: on what the manifest keeps only if it says so, everywhere else always.
 *
 * @param object The object of the manifest: `filesystem."/home"`.
 * @param format What its table says, if anything.
 * @throws {InstallerError} `refused` when what is made new itself should hold something that is kept.
 */
export function isMadeNew(
  object: string,
  format: boolean | undefined,
  { kept, reference }: PlannedDevice,
): boolean {
  const isNew = format ?? !kept;
  if (isNew || kept) return isNew;
  throw new InstallerError(
    "refused",
    `${object} is not to be made new, but ${reference} is: there is nothing on it to keep`,
    {
      object,
      finding: "preflight/nothing-to-keep",
      hint: "Leave out format, or keep the partition too.",
    },
  );
}
