import { formatSize } from "../../values/size.ts";
import type { PlannedDisk } from "../document/disk-schema.ts";
import type { PlanDocument } from "../document/schema.ts";
import { describeDevice, diskTitle, formatContent } from "./disks.ts";
import { type Page, wrap } from "./layout.ts";

/** Whether the install destroys anything on a disk. */
function losesData({ before }: PlannedDisk): boolean {
  return before.devices.some(({ isLost }) => isLost);
}

/** The disks on which the install destroys something. */
export function disksThatLose({ disks }: PlanDocument): PlannedDisk[] {
  return disks.filter(losesData);
}

/** What the install destroys: a line for each disk and, below it, each of its devices. */
export function lostLines(plan: PlanDocument, { paint, columns }: Page): string[] {
  const disks = disksThatLose(plan);
  if (disks.length === 0) return ["  nothing"];
  return disks.flatMap((disk) => {
    const lost = disk.before.devices.filter(({ isLost }) => isLost);
    return [
      ...wrap(diskTitle(disk), columns - 2, "  ", "  ").map((l) => `  ${paint("bold", l)}`),
      ...(disk.isWiped ? ["    everything on it:"] : []),
      ...lost.flatMap(({ path, name, size, contents, uses }) => {
        const what = contents.map(formatContent).join(", ");
        const text = [
          name === undefined ? path : `${path} (${name})`,
          ...(size === undefined ? [] : [formatSize(size)]),
          ...(what === "" ? [] : [what]),
          ...uses,
        ].join("  ");
        return wrap(text, columns - 9, "  ", "  ").map(
          (line, index) => `    ${index === 0 ? paint("red", "LOST") : "    "} ${line}`,
        );
      }),
    ];
  });
}

/** What the install makes: a line for each disk and, below it, for each device that is new or gets new content. */
export function madeLines({ disks }: PlanDocument, { paint, columns }: Page): string[] {
  return disks.flatMap((disk) => {
    const made = (disk.after?.devices ?? []).filter(({ isNew }) => isNew);
    if (made.length === 0) return [];
    return [
      ...wrap(diskTitle(disk), columns - 2, "  ", "  ").map((line) => `  ${paint("bold", line)}`),
      ...made.flatMap((device) =>
        wrap(describeDevice(device), columns - 9, "  ", "  ").map(
          (line, index) => `    ${index === 0 ? paint("green", "new ") : "    "} ${line}`,
        ),
      ),
    ];
  });
}
