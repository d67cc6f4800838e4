import { storageKinds } from "../disk/objects/index.ts";
import { ownValue } from "../own-value.ts";
import { duplicates } from "./duplicates.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { knownType } from "./known-type.ts";
import {
  type DeviceOutline,
  type ObjectOutline,
  type Outline,
  type Reference,
  textAt,
} from "./outline.ts";
import { partitionType } from "./partition-outline.ts";

/** An object and one of the devices that it is made on. */
interface Use {
  readonly user: ObjectOutline;
  readonly reference: Reference;
  readonly device: DeviceOutline;
}

/** What may be made on the partitions of a type, by table. */
interface TypeRule {
  readonly allows: (table: string) => boolean;
  /** Follows the name of the type. */
  readonly why: string;
  readonly expected: string;
}

function onlyFor(tables: readonly string[], why: string, expected: string): TypeRule {
  return { allows: (table) => tables.includes(table), why, expected };
}

const otherType = 'a partition of another type, such as "linux"';

const typeRules: Readonly<Record<string, TypeRule>> = {
  "bios-boot": onlyFor([], ", which GRUB fills by itself", otherType),
  esp: onlyFor(["filesystem", "raid"], ", which firmware reads as it is", otherType),
  swap: onlyFor(["swap", "luks", "raid"], ", which holds nothing but swap", otherType),
  linux: { allows: (table) => table !== "swap", why: "", expected: 'a partition of type "swap"' },
};

function checkPartitionType({ user, reference, device }: Use): Finding[] {
  const type = partitionType(device);
  const rule = type === undefined ? undefined : ownValue(typeRules, type);
  // What is encrypted anew at every boot is no swap to whoever finds it by the partition's type.
  const isRandom = user.values["random-encryption"] === true;
  if (rule === undefined || isRandom || rule.allows(user.table)) return [];
  return [
    {
      path: reference.path,
      side: "value",
      message: `${JSON.stringify(reference.device)} is a partition of type ${type}${rule.why}`,
      expected: rule.expected,
    },
  ];
}

function checkThinPool({ reference, device: { part, object } }: Use): Finding[] {
  if (part?.values.type !== "thin-pool") return [];
  const inside = object.parts.flatMap(({ name, values }) =>
    values.type === "thin" && values.pool === part.name ? [`${object.name}.${name}`] : [],
  );
  return [
    {
      path: reference.path,
      side: "value",
      message: `${JSON.stringify(reference.device)} is a thin pool, which holds only volumes of type thin`,
      expected:
        inside.length > 0 ? inside.map((one) => JSON.stringify(one)).join(" or ") : undefined,
    },
  ];
}

/** A pool holds file systems of one type and nothing else. */
function checkPool({ user, reference, device: { object } }: Use): Finding[] {
  const { holds, what } = object.kind;
  if (holds === undefined) return [];
  const message = `${JSON.stringify(reference.device)} is ${what}`;
  if (user.table !== "filesystem") {
    return [
      {
        path: reference.path,
        side: "value",
        message: `${message}, which only file systems can be on`,
      },
    ];
  }
  const type = textAt(user.values, ["type"]);
  if (type === undefined || type === holds) return [];
  return [
    {
      path: [...user.path, "type"],
      side: "value",
      message: `${message}, which holds no ${type}`,
      expected: JSON.stringify(holds),
    },
  ];
}

/** The table that describes the pools of a type of file system: `btrfs`. */
function poolTable(type: string): string | undefined {
  return Object.entries(storageKinds).find(([, { holds }]) => holds === type)?.[0];
}

/** What only a pool has cannot be on a device. */
function checkNoPool({ user, reference, device: { object } }: Use): Finding[] {
  const type = textAt(user.values, ["type"]) ?? "";
  const table = poolTable(type);
  if (user.table !== "filesystem" || table === undefined || object.kind.holds !== undefined) {
    return [];
  }
  const name = JSON.stringify(reference.device);
  const expected = `a table [${table}.NAME] with devices = [${name}], and its name here`;
  // What has no program that makes one on a device of its own is only ever part of a pool.
  if (knownType(user)?.maker === undefined) {
    return [
      { path: reference.path, side: "value", message: `${name} is no ${type} pool`, expected },
    ];
  }
  if (user.values.subvolume === undefined) return [];
  return [
    {
      path: [...user.path, "subvolume"],
      side: "key",
      message: `${type} on ${name} alone has no subvolumes`,
      expected,
    },
  ];
}

/** File systems that share a pool are different subvolumes or datasets of it. */
function checkShared(uses: readonly Use[]): Finding[] {
  const keys = ["subvolume", "dataset"] as const;
  const keyOf = ({ user: { values } }: Use) => keys.find((key) => values[key] !== undefined);
  return duplicates(
    uses.filter(
      ({ user, device }) => device.object.kind.holds !== undefined && user.table === "filesystem",
    ),
    (use) => {
      const key = keyOf(use);
      return `${use.reference.device}\0${key === undefined ? "" : JSON.stringify(use.user.values[key])}`;
    },
    (use, first) => {
      const key = keyOf(use);
      const what =
        key === undefined
          ? `all of ${JSON.stringify(use.reference.device)}`
          : `the ${key} ${JSON.stringify(use.user.values[key])}`;
      return {
        path: key === undefined ? use.reference.path : [...use.user.path, key],
        side: "value",
        message: `${what} is mounted by ${formatKeyPath(first.user.path)} already`,
        also: first.user.path,
        expected: 'type = "bind" to have it in a second place',
      };
    },
  );
}

/** Whether what is made on each device can be there. */
export function checkUses({ objects, devices }: Outline): Finding[] {
  const uses = objects.flatMap((user) =>
    user.references.flatMap((reference): Use[] => {
      const device = devices.get(reference.device);
      return device === undefined ? [] : [{ user, reference, device }];
    }),
  );
  const single = [checkPartitionType, checkThinPool, checkPool, checkNoPool];
  return [...uses.flatMap((use) => single.flatMap((check) => check(use))), ...checkShared(uses)];
}
