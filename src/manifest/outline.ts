import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlTable, type TomlValue, valueAt } from "./toml.ts";

/** A partition as far as it is well written. */
export interface PartitionOutline {
  readonly path: KeyPath;
  readonly name: string | undefined;
  /** `undefined` when it is given but is no text. */
  readonly type: string | undefined;
  readonly hasSize: boolean;
}

/** A disk as far as it is well written. */
export interface DiskOutline {
  readonly path: KeyPath;
  readonly name: string;
  readonly device: string | undefined;
  readonly partitions: readonly PartitionOutline[];
}

/** A table that refers to a device: a file system or swap. */
export interface UserOutline {
  readonly path: KeyPath;
  readonly kind: "filesystem" | "swap";
  /** The mount point of a file system; the name of swap. */
  readonly name: string;
  readonly device: string | undefined;
  readonly type: string | undefined;
  readonly label: string | undefined;
}

/**
 * The objects of a manifest that may still have mistakes, so that what they say about each other can be judged together
 * with the mistakes of each.
 */
export interface Outline {
  readonly root: TomlTable;
  readonly disks: readonly DiskOutline[];
  readonly users: readonly UserOutline[];
}

/** The text at the end of a path, if there is a text. */
export function textAt(root: TomlValue, path: KeyPath): string | undefined {
  const value = valueAt(root, path);
  return typeof value === "string" ? value : undefined;
}

function tablesIn(root: TomlTable, key: string): (readonly [name: string, table: TomlTable])[] {
  const parent = root[key];
  if (!isTable(parent)) return [];
  return Object.entries(parent).flatMap(([name, value]) =>
    isTable(value) ? [[name, value] as const] : [],
  );
}

function partitionOutline(path: KeyPath, value: TomlValue): PartitionOutline {
  const table: TomlTable = isTable(value) ? value : {};
  return {
    path,
    name: textAt(table, ["name"]),
    type: table.type === undefined ? "linux" : textAt(table, ["type"]),
    hasSize: table.size !== undefined,
  };
}

function diskOutline(name: string, table: TomlTable): DiskOutline {
  const path = ["disk", name];
  const partitions = Array.isArray(table.partition) ? table.partition : [];
  return {
    path,
    name,
    device: textAt(table, ["device"]),
    partitions: partitions.map((value, index) =>
      partitionOutline([...path, "partition", index], value),
    ),
  };
}

/** Reads the objects out of a document without judging them. */
export function outline(root: TomlTable): Outline {
  const users = (["filesystem", "swap"] as const).flatMap((kind) =>
    tablesIn(root, kind).map(([name, table]) => ({
      path: [kind, name],
      kind,
      name,
      device: textAt(table, ["device"]),
      type: textAt(table, ["type"]),
      label: textAt(table, ["label"]),
    })),
  );
  return {
    root,
    disks: tablesIn(root, "disk").map(([name, table]) => diskOutline(name, table)),
    users,
  };
}
