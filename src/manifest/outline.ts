import { storageKinds } from "../disk/objects/index.ts";
import type { StorageKind } from "../disk/storage-kind.ts";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlTable, type TomlValue, valueAt } from "./toml.ts";

/** A partition or logical volume as far as it is well written. */
export interface PartOutline {
  readonly path: KeyPath;
  readonly name: string | undefined;
  readonly values: TomlTable;
}

/** A table of the manifest that describes storage, as far as it is well written. */
export interface ObjectOutline {
  readonly path: KeyPath;
  /** The table it is in: `luks`. */
  readonly table: string;
  readonly kind: StorageKind;
  /** The mount point of a file system, else the name. */
  readonly name: string;
  readonly values: TomlTable;
  readonly parts: readonly PartOutline[];
  readonly references: readonly Reference[];
}

/** A device that a table names as what it is made on. */
export interface Reference {
  readonly path: KeyPath;
  readonly device: string;
}

/** A device that other objects may be made on. */
export interface DeviceOutline {
  /** As the manifest refers to it: `main.root`. */
  readonly reference: string;
  /** Where it is described. */
  readonly path: KeyPath;
  readonly object: ObjectOutline;
  /** The partition or volume that it is, if it is one. */
  readonly part: PartOutline | undefined;
}

/**
 * The objects of a manifest that may still have mistakes, so that what they say about each other can be judged together
 * with the mistakes of each.
 */
export interface Outline {
  readonly root: TomlTable;
  readonly objects: readonly ObjectOutline[];
  /** By reference; of several with the same reference, the first. */
  readonly devices: ReadonlyMap<string, DeviceOutline>;
}

/** The text at the end of a path, if there is a text. */
export function textAt(root: TomlValue, path: KeyPath): string | undefined {
  const value = valueAt(root, path);
  return typeof value === "string" ? value : undefined;
}

/** The tables in a table of the document, by name. */
function tablesIn(root: TomlTable, key: string): (readonly [name: string, table: TomlTable])[] {
  const parent = root[key];
  if (!isTable(parent)) return [];
  return Object.entries(parent).flatMap(([name, value]) =>
    isTable(value) ? [[name, value] as const] : [],
  );
}

function partsOf({ parts }: StorageKind, path: KeyPath, table: TomlTable): PartOutline[] {
  const value = parts === undefined ? undefined : table[parts.key];
  if (parts === undefined || !Array.isArray(value)) return [];
  return value.map((element: TomlValue, index) => {
    const values = isTable(element) ? element : {};
    return { path: [...path, parts.key, index], name: textAt(values, ["name"]), values };
  });
}

/** What looks like a reference, also with the name of a table before it; what does not is the schema's to tell. */
function referencesOf({ madeOn }: StorageKind, path: KeyPath, table: TomlTable): Reference[] {
  if (madeOn === undefined) return [];
  const value = table[madeOn];
  const named =
    madeOn === "device"
      ? [{ path: [...path, madeOn], value }]
      : (Array.isArray(value) ? value : []).map((element: TomlValue, index) => ({
          path: [...path, madeOn, index],
          value: element,
        }));
  return named.flatMap((reference) =>
    typeof reference.value === "string" && /^[\w-]+(?:\.[\w-]+){0,2}$/.test(reference.value)
      ? [{ path: reference.path, device: reference.value }]
      : [],
  );
}

function devicesOf(object: ObjectOutline): DeviceOutline[] {
  const gives = object.kind.gives(object.values);
  if (gives === "nothing") return [];
  if (gives === "itself") {
    return [{ reference: object.name, path: object.path, object, part: undefined }];
  }
  return object.parts.flatMap((part) =>
    part.name === undefined
      ? []
      : [{ reference: `${object.name}.${part.name}`, path: part.path, object, part }],
  );
}

/** Reads the objects out of a document without judging them. */
export function outline(root: TomlTable): Outline {
  const objects = Object.entries(storageKinds).flatMap(([table, kind]) =>
    tablesIn(root, table).map(([name, values]): ObjectOutline => {
      const path = [table, name];
      const parts = partsOf(kind, path, values);
      return {
        path,
        table,
        kind,
        name,
        values,
        parts,
        references: referencesOf(kind, path, values),
      };
    }),
  );
  const devices = new Map<string, DeviceOutline>();
  for (const device of objects.flatMap(devicesOf)) {
    if (!devices.has(device.reference)) devices.set(device.reference, device);
  }
  return { root, objects, devices };
}
