import * as v from "valibot";

const name = "[A-Za-z0-9][A-Za-z0-9_-]*";

/** The name of an object of the manifest: `main` of `[disk.main]`. */
export const objectName = v.pipe(
  v.string(),
  v.regex(
    new RegExp(`^${name}$`),
    "expected a name of letters, digits, - and _ that begins with a letter or digit",
  ),
);

/**
 * A device of the manifest by its name: `main.root` is the partition or logical volume `root` of `main`; `main` alone is
 * a whole disk, a LUKS mapping, an array or a pool.
 */
export const deviceReference = v.pipe(
  v.string(),
  v.regex(
    new RegExp(`^${name}(?:\\.${name})?$`),
    'expected a device of this manifest, such as "main.root" for the partition root of disk.main',
  ),
);
