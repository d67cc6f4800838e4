import type { FileSystemType } from "../disk/file-systems/file-system-type.ts";
import { fileSystemSchema, fileSystemType } from "../disk/file-systems/index.ts";
import type { ObjectOutline } from "./outline.ts";

/** The type of a file system of the outline, if it is one that is known. */
export function knownType({ values }: ObjectOutline): FileSystemType | undefined {
  const name = fileSystemSchema.options
    .map(({ entries }) => entries.type.literal)
    .find((literal) => literal === values.type);
  return name === undefined ? undefined : fileSystemType(name);
}
