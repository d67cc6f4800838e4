import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { FstabEntry } from "../../system-info/system-info.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { findDevices } from "./devices/future-device.ts";
import { knownInitrd } from "./devices/opened-luks.ts";
import { mountedTables, sourceDifference, wantedMount } from "./fstab.ts";
import { fstabSource, isMountedAtBoot, isOptional } from "./fstab-entry.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

const rebuild = "Build the system again, so that the initrd has the same file systems as etc/fstab";

/** Whether etc/fstab mounts the same there, of which all is told already. */
function isInFstab({ device, mountPoint }: FstabEntry, fstab: readonly FstabEntry[]): boolean {
  return fstab.some((entry) => entry.mountPoint === mountPoint && entry.device === device);
}

function mismatch({ mountPoint, ...entry }: FstabEntry, problem: string, hint: string): Finding {
  return makeFinding(
    "preflight/initrd-mount-mismatch",
    `filesystem."${mountPoint}"`,
    `the system's initrd mounts ${wantedMount({ mountPoint, ...entry })} on ${mountPoint}, ${problem}`,
    hint,
  );
}

function judgeMount(entry: FstabEntry, inputs: JudgeInputs): Finding[] {
  const source = fstabSource(entry);
  // What is made of what is mounted already is judged there.
  if (source === "bind" || entry.type === "overlay") return [];
  const table = mountedTables(inputs).get(entry.mountPoint);
  if (table !== undefined) {
    const difference = sourceDifference({ entry, table }, inputs);
    return difference === undefined
      ? []
      : [
          mismatch(
            entry,
            `but the layout puts ${difference.given} there`,
            `${rebuild}. ${difference.hint}`,
          ),
        ];
  }
  const name = source === "device" ? parseDeviceName(entry.device) : undefined;
  if (name === undefined) return [];
  const { found, isCertain } = findDevices(name, inputs.future);
  if (found.length > 0 || !isCertain) return [];
  return [
    mismatch(
      entry,
      "and nothing on this machine will be that",
      `Add filesystem."${entry.mountPoint}" to the manifest, or take what mounts it out of boot.initrd in the NixOS configuration.`,
    ),
  ];
}

/** Whether an initrd whose mounts are known mounts root at all. */
function judgeRoot(mounts: readonly FstabEntry[], { system }: JudgeInputs): Finding[] {
  const root = system.kernelParameters.findLast((word) => word.startsWith("root="));
  const isNamed = root !== undefined && root !== "root=fstab";
  if (isNamed || mounts.some(({ mountPoint }) => mountPoint === "/")) return [];
  return [
    makeFinding(
      "preflight/initrd-root-missing",
      'filesystem."/"',
      "the system's initrd mounts no /, and no kernel parameter root= says where it is",
      `${rebuild}.`,
    ),
  ];
}

/**
 * Whether the file systems that the initrd mounts are those of the layout. It has a table of its own, which is that of
 * etc/fstab unless somebody makes it otherwise, and units. Pure.
 */
export function judgeInitrdMounts(inputs: JudgeInputs): Finding[] {
  const mounts = knownInitrd(inputs.system)?.mounts;
  if (mounts === undefined) return [];
  const further = mounts.filter(
    (entry) =>
      isMountedAtBoot(entry) && !isOptional(entry) && !isInFstab(entry, inputs.system.fstab),
  );
  return [...judgeRoot(mounts, inputs), ...further.flatMap((entry) => judgeMount(entry, inputs))];
}
