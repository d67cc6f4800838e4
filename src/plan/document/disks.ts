import { outcomeOf, type StorageStep } from "../../disk/objects/index.ts";
import type { MountStep } from "../../disk/objects/mount.ts";
import type { Outcome } from "../../disk/outcome.ts";
import { stableLinks } from "../../disk/safety/disk-tree.ts";
import type { Disk, Facts } from "../../facts/facts.ts";
import { devicesAfter } from "./devices-after.ts";
import { devicesBefore } from "./devices-before.ts";
import type { PlannedDisk } from "./disk-schema.ts";

/** The devices on which something new is made, down to those that were there before. */
function rewrittenDevices({ contents, devices }: Outcome): ReadonlySet<string> {
  const made = new Map(devices.map((device) => [device.path, device]));
  const rewritten = new Set<string>();
  const add = (path: string) => {
    rewritten.add(path);
    const device = made.get(path);
    // What is inside of something that stays, such as LUKS, is not seen before: so that is marked which holds it.
    if (device !== undefined && !device.isNew && device.partition === undefined) {
      device.on.forEach(add);
    }
  };
  for (const { device, isNew, type } of contents) {
    if (isNew && type !== "gpt" && type !== "msdos") add(device);
  }
  return rewritten;
}

/** What all steps together leave on the disks. */
function outcomeOfAll(steps: readonly StorageStep[]): Outcome & { readonly sources: Sources } {
  const outcomes = steps.map(outcomeOf);
  return {
    contents: outcomes.flatMap(({ contents }) => contents),
    devices: outcomes.flatMap(({ devices }) => devices),
    sources: new Map(
      outcomes.flatMap(({ source, contents: [first] }) =>
        source === undefined || first === undefined ? [] : [[source, first.device]],
      ),
    ),
  };
}

/** What mount(8) calls pools, with the first device of each. */
export type Sources = ReadonlyMap<string, string>;

function identity({ path, size, model, serial, wwn }: Disk) {
  return {
    path,
    size,
    ...(model === undefined ? {} : { model }),
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
  };
}

/** Every disk of the machine before and after the steps, those that they touch first. Pure. */
export function plannedDisks(
  facts: Facts,
  steps: readonly StorageStep[],
  mounts: readonly MountStep[],
): PlannedDisk[] {
  const outcome = outcomeOfAll(steps);
  const rewritten = rewrittenDevices(outcome);
  const names = new Map(
    steps.flatMap((step) => (step.kind === "partition-table" ? [[step.device, step.disk]] : [])),
  );
  const wiped = new Set(
    steps.flatMap((step) => (step.kind === "wipe" ? step.disks.map(({ disk }) => disk.path) : [])),
  );
  const touched = [...names.keys()].flatMap(
    (path) => facts.disks.find((disk) => disk.path === path) ?? [],
  );
  const others = facts.disks.filter(({ path }) => !names.has(path));
  return [...touched, ...others].map((disk) => {
    const name = names.get(disk.path);
    const isWiped = wiped.has(disk.path);
    return {
      ...identity(disk),
      ...(name === undefined ? {} : { name }),
      links: stableLinks(disk),
      isWiped,
      before: { devices: devicesBefore(disk, isWiped, rewritten) },
      ...(name === undefined ? {} : { after: { devices: devicesAfter(disk, outcome, mounts) } }),
    };
  });
}
