import * as v from "valibot";
import { type FileSystemType, mountKeys, ownershipKeys, typeKey } from "./file-system-type.ts";

const schema = v.strictObject({
  type: typeKey("tmpfs"),
  ...mountKeys,
  ...ownershipKeys,
});

/** The kernel opens a new tmpfs to everybody, which is no root directory (tmpfs(5)). */
const rootMode = "mode=0755";

/** tmpfs(5): memory. It is made when it is mounted. */
export const tmpfs: FileSystemType<typeof schema> = {
  schema,
  programs: [],
  kernelModules: [],
  source: "none",
  mountArguments: ({ options }, { target }) => ({
    source: "tmpfs",
    options:
      target === "/" && !options.some((option) => option.startsWith("mode="))
        ? [rootMode, ...options]
        : options,
  }),
};
