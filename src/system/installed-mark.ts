import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { errorCode, InstallerError } from "../errors.ts";
import { flushTarget } from "./flush-target.ts";
import { makeDirectoryInRoot, resolveInRoot } from "./root-path.ts";

/**
 * Where an installed system says that its install was finished: beside Nix's own state, which is on a disk wherever the
 * store is, also where the root file system is in memory.
 */
export const markDirectory = "/nix/var/landfall";
const markFile = "installed.json";

const schema = v.object({
  version: v.literal(1),
  toplevel: v.string(),
  installedAt: v.string(),
  installer: v.string(),
});

/** What is known of a finished install. */
export interface InstalledMark {
  readonly version: 1;
  /** Store path of the system. */
  readonly toplevel: string;
  /** ISO 8601, UTC. */
  readonly installedAt: string;
  /** The installer's version. */
  readonly installer: string;
}

/**
 * Reads the mark of a finished install; `undefined` where there is none.
 *
 * @param directory The {@link markDirectory} of the target, on the live system.
 * @throws {InstallerError} `system` when it cannot be read, or is none.
 */
export async function readInstalledMark(directory: string): Promise<InstalledMark | undefined> {
  const path = join(directory, markFile);
  try {
    return v.parse(schema, JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR") return undefined;
    throw new InstallerError("system", `${path} does not say what is installed`, {
      cause,
      object: path,
      hint: "Remove it to have the install done again.",
    });
  }
}

/**
 * Marks the target as installed, when everything else is sure to be on its disks.
 *
 * @param root Where the target is mounted.
 * @throws {InstallerError} `disk` if something that was written before did not get to its disk: then there is no mark.
 */
export async function writeInstalledMark(root: string, mark: InstalledMark): Promise<void> {
  flushTarget(root);
  await makeDirectoryInRoot(root, markDirectory, 0o755);
  const directory = await resolveInRoot(root, markDirectory);
  const path = join(directory, markFile);
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  {
    await using file = await open(temporary, "wx", 0o644);
    await file.writeFile(`${JSON.stringify(mark, null, 2)}\n`);
    await file.sync();
  }
  await rename(temporary, path);
  await using entry = await open(directory, "r");
  await entry.sync();
}
