import { InstallerError } from "../../errors.ts";
import { gatherDisk, gatherDisks } from "../../facts/disks.ts";
import type { Disk, Holder } from "../../facts/facts.ts";
import { refuseErrors } from "../../findings/refusal-error.ts";
import { formatContents } from "../safety/disk-tree.ts";
import { checkIdentity, expectedDisk, planAgain } from "../safety/recheck.ts";
import { judgeDisk } from "../safety/refuse.ts";
import { type NamedDisk, spanningGroups } from "../safety/spanning-groups.ts";

function holderKey({ kind, device, name }: Holder): string {
  return `${kind} ${device} ${name}`;
}

/**
 * Looks at the disks once more right before they are wiped, and at all others, since facts and plan are older: they must
 * still be the disks that the plan was made for, nothing may have begun to use them, and no group may lose a part.
 *
 * @returns The disks as they are now.
 * @throws {InstallerError} `refused` or `disk`, before anything is taken down or written.
 */
export async function checkBeforeWipe(
  planned: readonly NamedDisk[],
  signal: AbortSignal,
): Promise<NamedDisk[]> {
  const disks = await gatherDisks(signal);
  const found = planned.map((each) => {
    const { name } = each;
    const disk = checkIdentity(
      expectedDisk(each),
      disks.find(({ path }) => path === each.disk.path),
    );
    const known = new Set(each.disk.holders.map(holderKey));
    if (disk.holders.every((holder) => known.has(holderKey(holder)))) return { name, disk };
    throw new InstallerError(
      "disk",
      `${disk.path} was taken into use after the plan was made\n${formatContents(disk)}`,
      { object: `disk.${name}`, hint: planAgain },
    );
  });
  refuseErrors([
    ...found.flatMap(({ name, disk }) => judgeDisk(disk, { wipe: true }, `disk.${name}`)),
    ...spanningGroups(found, { disks }),
  ]);
  return found;
}

/** The disks as they are now, while they are being taken down. @throws {InstallerError} `disk` for one that has changed. */
export async function lookAgain(
  planned: readonly NamedDisk[],
  signal: AbortSignal,
): Promise<Disk[]> {
  const disks: Disk[] = [];
  for (const each of planned) {
    const disk = checkIdentity(expectedDisk(each), await gatherDisk(each.disk.path, signal));
    if (disk.liveUse !== undefined) {
      throw new InstallerError("disk", `the live system runs from ${disk.path} (${disk.liveUse})`, {
        object: `disk.${each.name}`,
      });
    }
    disks.push(disk);
  }
  return disks;
}
