import { formatKeyPath } from "./key-path.ts";
import type { DiskOutline, Outline, PartitionOutline, UserOutline } from "./outline.ts";
import type { Finding } from "./schema-problems.ts";
import { closest } from "./suggest.ts";

/** Findings about a key that is used where a value that came before may be used once only. */
function duplicates<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string | undefined,
  finding: (item: Item, first: Item) => Finding,
): Finding[] {
  const seen = new Map<string, Item>();
  const findings: Finding[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, item);
    else findings.push(finding(item, first));
  }
  return findings;
}

function checkDisk(disk: DiskOutline): Finding[] {
  const last = disk.partitions.at(-1);
  const withoutSize = disk.partitions
    .filter((partition) => !partition.hasSize && partition !== last)
    .map(
      (partition): Finding => ({
        path: partition.path,
        side: "key",
        message: `partition ${JSON.stringify(partition.name ?? "")} has no size, but is not the last of its disk`,
        expected: "a size: only the last partition takes the rest of the disk",
      }),
    );
  const sameName = duplicates(
    disk.partitions,
    ({ name }) => name,
    ({ path, name }, first): Finding => ({
      path: [...path, "name"],
      side: "value",
      message: `disk.${disk.name} has two partitions named ${JSON.stringify(name)}, the other is ${formatKeyPath(first.path)}`,
    }),
  );
  return [...withoutSize, ...sameName];
}

/** What the disks of a manifest say about each other and their partitions. */
export function checkDisks({ disks }: Outline): Finding[] {
  const sameDevice = duplicates(
    disks,
    ({ device }) => device,
    ({ path, device }, first): Finding => ({
      path: [...path, "device"],
      side: "value",
      message: `${String(device)} is the device of disk.${first.name} already`,
    }),
  );
  return [...sameDevice, ...disks.flatMap(checkDisk)];
}

function checkUse(user: UserOutline, partition: PartitionOutline): Finding[] {
  const name = JSON.stringify(user.device);
  const wrongType = (message: string, expected: string): Finding[] => [
    { path: [...user.path, "device"], side: "value", message, expected },
  ];
  if (user.kind === "swap") {
    if (partition.type === undefined || partition.type === "swap") return [];
    return wrongType(`${name} is a partition of type ${partition.type}`, 'one of type "swap"');
  }
  if (partition.type === "swap" || partition.type === "bios-boot") {
    return wrongType(
      `${name} is a partition of type ${partition.type}, which holds no file system`,
      'one of type "linux" or "esp"',
    );
  }
  if (partition.type !== "esp" || user.type === undefined || user.type === "vfat") return [];
  return [
    {
      path: [...user.path, "type"],
      side: "value",
      message: `${name} is an EFI system partition, which firmware reads only as vfat`,
      expected: '"vfat"',
    },
  ];
}

/** What file systems and swap say about the partitions they are on. */
export function checkUsers({ disks, users }: Outline): Finding[] {
  const partitions = new Map<string, PartitionOutline>(
    disks.flatMap(({ name, partitions: list }) =>
      list.flatMap((partition) =>
        partition.name === undefined ? [] : [[`${name}.${partition.name}`, partition] as const],
      ),
    ),
  );
  // As long as names are missing, any reference may be right.
  const isIncomplete =
    disks.length === 0 ||
    disks.some((disk) => disk.partitions.some(({ name }) => name === undefined));
  const findings = users.flatMap((user): Finding[] => {
    // What is no reference at all is the schema's to tell.
    if (user.device === undefined || !/^[^.]+\.[^.]+$/.test(user.device)) return [];
    const partition = partitions.get(user.device);
    if (partition !== undefined) return checkUse(user, partition);
    if (isIncomplete) return [];
    const meant = closest(user.device, partitions.keys());
    return [
      {
        path: [...user.path, "device"],
        side: "value",
        message: `there is no partition ${JSON.stringify(user.device)}`,
        expected:
          meant === undefined && partitions.size > 0
            ? `one of ${[...partitions.keys()].join(", ")}`
            : undefined,
        suggestion: meant === undefined ? undefined : JSON.stringify(meant),
      },
    ];
  });
  const usedTwice = duplicates(
    users,
    ({ device }) => device,
    ({ path, device }, first): Finding => ({
      path: [...path, "device"],
      side: "value",
      message: `${JSON.stringify(device)} is used by ${formatKeyPath(first.path)} already`,
    }),
  );
  const sameLabel = duplicates(
    users,
    ({ label }) => label,
    ({ path, label }, first): Finding => ({
      path: [...path, "label"],
      side: "value",
      message: `${formatKeyPath(first.path)} has the label ${JSON.stringify(label)} already`,
    }),
  );
  return [...findings, ...usedTwice, ...sameLabel];
}
