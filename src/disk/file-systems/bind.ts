import * as v from "valibot";
import { described } from "../../values/described.ts";
import { absolutePath } from "../../values/paths.ts";
import { liveMountPoint } from "../mounting/mount-point.ts";
import { type FileSystemType, mountKeys, ownershipKeys, typeKey } from "./file-system-type.ts";

const schema = v.strictObject({
  type: typeKey("bind"),
  ...mountKeys,
  ...ownershipKeys,
  device: described(
    absolutePath,
    "The directory that is shown a second time, as the installed system sees it. It is made where it is missing.",
  ),
});

/** The options by which fstab(5) asks for a bind mount. */
const bindOptions = new Set(["bind", "rbind"]);

/** A bind mount (mount(8)): a directory of the target at a second place. */
export const bind: FileSystemType<typeof schema> = {
  schema,
  programs: [],
  kernelModules: [],
  source: "path",
  mountArguments: ({ device, options }, { root }) => ({
    source: liveMountPoint(root, device ?? "/"),
    options: options.filter((option) => !bindOptions.has(option)),
    bind: options.includes("rbind") ? "recursive" : "directory",
  }),
};
