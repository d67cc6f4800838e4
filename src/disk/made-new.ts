import { InstallerError } from "../errors.ts";
import type { PlannedDevice } from "./storage-object.ts";

/**
 * Who makes what is on a device: `this-run`; an `earlier-run` of the same manifest, so that it is there already, with the
 * identifiers that this run would give it; or `others`, so that the manifest keeps it as it is.
 */
export type Origin = "this-run" | "earlier-run" | "others";

/**
 * Who makes something on a device: what the manifest keeps is made new only if it says so, everything else always, once.
 *
 * @param object The object of the manifest: `filesystem."/home"`.
 * @param format What its table says, if anything.
 * @throws {InstallerError} `refused` when what is made new itself should hold something that is kept.
 */
export function originOf(
  object: string,
  format: boolean | undefined,
  { kept, made, reference }: PlannedDevice,
): Origin {
  const isNew = format ?? !kept;
  if (isNew) return made ? "earlier-run" : "this-run";
  if (kept) return "others";
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
