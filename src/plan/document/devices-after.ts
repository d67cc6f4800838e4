import type { MountStep } from "../../disk/objects/mount.ts";
import type { MadeDevice, Outcome } from "../../disk/outcome.ts";
import type { Disk } from "../../facts/facts.ts";
import type { DeviceAfter } from "./disk-schema.ts";
import type { Sources } from "./disks.ts";

type AllOutcomes = Outcome & { readonly sources: Sources };

/** Whether a mount shows what is on a device, or on the pool whose first device it is. */
function shows(mount: MountStep, path: string, sources: Sources): boolean {
  if (mount.bind !== undefined) return false;
  if (mount.device === path) return true;
  return [...sources].some(
    ([source, first]) =>
      first === path && (mount.device === source || mount.device.startsWith(`${source}/`)),
  );
}

function deviceAfter(
  path: string,
  { contents, sources }: AllOutcomes,
  mounts: readonly MountStep[],
  device: Pick<DeviceAfter, "size" | "on" | "partition"> & { readonly isNew: boolean },
): DeviceAfter {
  const own = contents.filter((content) => content.device === path);
  return {
    path,
    ...device,
    contents: own.map(({ type, uuid, label, group }) => ({
      type,
      ...(uuid === undefined || uuid === "" ? {} : { uuid }),
      ...(label === undefined ? {} : { label }),
      ...(group === undefined ? {} : { group }),
    })),
    uses: mounts
      .filter((mount) => shows(mount, path, sources))
      .map(({ target }) => `mounted on ${target}`),
    isNew: device.isNew || own.some(({ isNew }) => isNew),
  };
}

/** The signatures of a device that are there and stay, with what the steps say of them. */
function withOldContents(device: DeviceAfter, disk: Disk): DeviceAfter {
  const { path, isNew, contents } = device;
  // A table that is kept is told of by its step.
  if (isNew || path === disk.path) return device;
  const old = (disk.signatures ?? []).filter((signature) => signature.device === path);
  const found = old.map(({ type, uuid, label }) => ({
    ...contents.find((content) => content.type === type),
    type,
    ...(uuid === undefined ? {} : { uuid }),
    ...(label === undefined ? {} : { label }),
  }));
  return found.length === 0 ? device : { ...device, contents: found };
}

/** A disk as it will be, each device after the first of those that it lies on. Pure. */
export function devicesAfter(
  disk: Disk,
  outcome: AllOutcomes,
  mounts: readonly MountStep[],
): DeviceAfter[] {
  const above = (path: string): DeviceAfter[] =>
    outcome.devices.filter(({ on: [first] }) => first === path).flatMap(withAbove);
  const withAbove = ({ path, size, on, isNew, partition }: MadeDevice): DeviceAfter[] => {
    const device = { size, on: [...on], isNew, ...(partition === undefined ? {} : { partition }) };
    return [deviceAfter(path, outcome, mounts, device), ...above(path)];
  };
  const whole = deviceAfter(disk.path, outcome, mounts, { size: disk.size, on: [], isNew: false });
  return [whole, ...above(disk.path)].map((device) => withOldContents(device, disk));
}
