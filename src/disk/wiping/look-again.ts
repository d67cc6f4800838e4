import { InstallerError } from "../../errors.ts";
import { gatherDisk, gatherDisks } from "../../facts/disks.ts";
import type { Disk, Holder } from "../../facts/facts.ts";
import { formatContents } from "../safety/disk-tree.ts";
import { expectedDisk, identityDifference } from "../safety/recheck.ts";
import { refusalError } from "../safety/refusal.ts";
import { judgeDisk } from "../safety/refuse.ts";
import { type NamedDisk, spanningGroups } from "../safety/spanning-groups.ts";

const again = "Run the installer again, which makes a new plan.";

function holderKey({ kind, device, name }: Holder): string {
  return `${kind} ${device} ${name}`;
}

/** What speaks against wiping a disk as it is now: it is another one, or the live system needs it. */
function checkDisk(planned: NamedDisk, disk: Disk | undefined): Disk {
  const object = `disk.${planned.name}`;
  const { path } = planned.disk;
  if (disk === undefined) throw new InstallerError("disk", `${path} is gone`, { object });
  const changed = identityDifference(expectedDisk(planned), disk);
  if (changed !== undefined) {
    const message = `${path} is not what it was when the plan was made: ${changed}`;
    throw new InstallerError("disk", message, { object, hint: again });
  }
  return disk;
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
    const disk = checkDisk(
      each,
      disks.find(({ path }) => path === each.disk.path),
    );
    const known = new Set(each.disk.holders.map(holderKey));
    if (disk.holders.every((holder) => known.has(holderKey(holder)))) return { name, disk };
    throw new InstallerError(
      "disk",
      `${disk.path} was taken into use after the plan was made\n${formatContents(disk)}`,
      { object: `disk.${name}`, hint: again },
    );
  });
  const error = refusalError([
    ...found.flatMap(({ name, disk }) => judgeDisk(disk, { wipe: true }, `disk.${name}`)),
    ...spanningGroups(found, { disks }),
  ]);
  if (error !== undefined) throw error;
  return found;
}

/** The disks as they are now, while they are being taken down. @throws {InstallerError} `disk` for one that has changed. */
export async function lookAgain(
  planned: readonly NamedDisk[],
  signal: AbortSignal,
): Promise<Disk[]> {
  const disks: Disk[] = [];
  for (const each of planned) {
    const disk = checkDisk(each, await gatherDisk(each.disk.path, signal));
    if (disk.liveUse !== undefined) {
      throw new InstallerError("disk", `the live system runs from ${disk.path} (${disk.liveUse})`, {
        object: `disk.${each.name}`,
      });
    }
    disks.push(disk);
  }
  return disks;
}
