/** A table of a manifest that may still have mistakes. */
type UncheckedTable = Readonly<Record<string, unknown>>;

/**
 * What the check of a manifest, which also judges what has mistakes, must know of one kind of storage object to compare
 * its tables with others.
 */
export interface StorageKind {
  /** What one of them is: `a LUKS mapping`. */
  readonly what: string;
  /** The key that names what it is made on: one device or an array of them. */
  readonly madeOn?: "device" | "devices";
  /** What other objects can be made on: the object itself, or its parts. */
  readonly gives: (table: UncheckedTable) => "itself" | "parts" | "nothing";
  /** The array of tables that describes its parts. */
  readonly parts?: { readonly key: string; readonly what: string };
  /** The type of the file systems on it; any number of them may share it. */
  readonly holds?: string;
  /** Whether it is what it is made on, byte for byte from the first: what reads a member reads the whole. */
  readonly isTransparent?: true;
  /** Whether one that is there already can stay, which `format` tells. */
  readonly canStay?: true;
  /** Why none can have a name, if so: `/dev/disk is something else`. */
  readonly refusesName?: (name: string) => string | undefined;
  /** The name in device-mapper (dmsetup(8)) of one, or of a part of it. */
  readonly mapperName?: (name: string, part: string | undefined) => string;
  /** Why GRUB cannot read what is on one, or on a part of it, if so; follows its name (GRUB 2.12: `disk`, `fs`). */
  readonly hiddenFromGrub?: (
    table: UncheckedTable,
    part: UncheckedTable | undefined,
  ) => string | undefined;
}

/** The kind of what several file systems share. @param holds Their type. */
export function poolKind(what: string, holds: string): StorageKind {
  return { what, madeOn: "devices", gives: () => "itself", holds, canStay: true };
}
