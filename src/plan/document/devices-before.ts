import { holderWords } from "../../disk/safety/disk-tree.ts";
import type { Disk, Holder } from "../../facts/facts.ts";
import type { DeviceBefore, PlannedContent } from "./disk-schema.ts";

function contentsOf(disk: Disk, path: string): PlannedContent[] {
  const groups = (disk.groups ?? []).filter(({ device }) => device === path);
  const isTable = (type: string) => path === disk.path && (type === "gpt" || type === "dos");
  return (
    (disk.signatures ?? [])
      .filter(({ device }) => device === path)
      // A GUID partition table comes with an msdos table that keeps old programs off.
      .filter(({ type }, _, all) => type !== "dos" || !all.some((each) => each.type === "gpt"))
      .map(({ type, label, uuid }, index) => {
        const id = isTable(type) ? disk.table?.id : uuid;
        const group = index === 0 ? groups.find(({ name }) => name !== undefined)?.name : undefined;
        return {
          type: isTable(type) && type === "dos" ? "msdos" : type,
          ...(id === undefined || id === "" ? {} : { uuid: id }),
          ...(label === undefined ? {} : { label }),
          ...(group === undefined || group === label ? {} : { group }),
        };
      })
  );
}

function partitionOf(disk: Disk, number: number): DeviceBefore["partition"] {
  const found = disk.table?.partitions.find((partition) => partition.number === number);
  if (found === undefined) return { number };
  const { label, type, uuid } = found;
  return {
    number,
    ...(label === undefined || label === "" ? {} : { name: label }),
    type,
    ...(uuid === undefined ? {} : { uuid }),
  };
}

/** The device that a holder makes of what it holds, and those made of that. */
function heldDevices(disk: Disk, holder: Holder, isLost: boolean): DeviceBefore[] {
  const { path, name, device } = holder;
  if (path === undefined) return [];
  return [
    {
      path,
      ...(path === name || path === `/dev/${name}` ? {} : { name }),
      on: [device],
      contents: contentsOf(disk, path),
      uses: usesOf(disk, path),
      isLost,
    },
    ...devicesOn(disk, path, isLost),
  ];
}

function devicesOn(disk: Disk, path: string, isLost: boolean): DeviceBefore[] {
  return disk.holders
    .filter(({ device }) => device === path)
    .flatMap((holder) => heldDevices(disk, holder, isLost));
}

function usesOf(disk: Disk, path: string): string[] {
  return disk.holders
    .filter((holder) => holder.device === path && holder.path === undefined)
    .map(({ kind, name }) => `${holderWords[kind]} ${name}`);
}

/**
 * A disk as it is, with all that the kernel has made of it, each device after the one that it lies on. Pure.
 *
 * @param rewritten The nodes of devices on which something new is made.
 */
export function devicesBefore(
  disk: Disk,
  isWiped: boolean,
  rewritten: ReadonlySet<string>,
): DeviceBefore[] {
  const contents = contentsOf(disk, disk.path);
  const isUsed = contents.length > 0 || disk.holders.some(({ device }) => device === disk.path);
  const isLost = isWiped || (isUsed && rewritten.has(disk.path));
  return [
    {
      path: disk.path,
      size: disk.size,
      on: [],
      contents,
      uses: usesOf(disk, disk.path),
      isLost,
    },
    ...devicesOn(disk, disk.path, isLost),
    ...disk.partitions.flatMap(({ path, number, size }) => {
      const isPartLost = isWiped || rewritten.has(path);
      return [
        {
          path,
          size,
          on: [disk.path],
          partition: partitionOf(disk, number) ?? { number },
          contents: contentsOf(disk, path),
          uses: usesOf(disk, path),
          isLost: isPartLost,
        },
        ...devicesOn(disk, path, isPartLost),
      ];
    }),
  ];
}
