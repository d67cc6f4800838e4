import { InstallerError } from "../errors.ts";
import type { PlanContext, PlannedDevice } from "./storage-object.ts";

/**
 * The devices that something new is made on which overwrites them.
 *
 * @param object The object of the manifest: `raid.root`.
 * @throws {InstallerError} `refused` when one of them is kept.
 */
export function devicesToOverwrite(
  object: string,
  references: readonly string[],
  context: PlanContext,
): readonly PlannedDevice[] {
  const devices = references.map(context.device);
  const kept = devices.find((device) => device.kept);
  if (kept === undefined) return devices;
  throw new InstallerError(
    "refused",
    `${object} would overwrite ${kept.reference} (${kept.path}), which is to be kept`,
    {
      object,
      finding: "preflight/kept-overwritten",
      hint: `Leave out keep for ${kept.reference}, or make ${object} on other devices.`,
    },
  );
}
