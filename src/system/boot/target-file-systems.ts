import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readMountInfo } from "../../linux/mount-info.ts";
import type { StepContext } from "../../run/step.ts";

/** A mounted file system of the target, as it identifies itself. */
export interface TargetFileSystem {
  /** As seen in the target: `/boot`. */
  readonly mountPoint: string;
  /** As seen in the live system: `/mnt/boot`. */
  readonly directory: string;
  readonly device: string;
  /** The directory of the file system that is mounted: `/`, or a subvolume. */
  readonly subdirectory: string;
  /** As blkid names it: `vfat`. */
  readonly type: string | undefined;
  readonly uuid: string | undefined;
  readonly label: string | undefined;
  /** GUID of its partition, in lower case. */
  readonly partitionGuid: string | undefined;
}

/** The command that asks a device what is on it, past every cache. */
export function probeCommand(device: string): string[] {
  return ["blkid", "-p", "-o", "export", device];
}

/** blkid's exit status for a device that holds nothing it knows. */
const nothingFound = 2;

/** Asks each file system of the target for its identifiers. */
export async function probeFileSystems(
  root: string,
  fileSystems: readonly { readonly mountPoint: string; readonly device: string }[],
  context: StepContext,
): Promise<TargetFileSystem[]> {
  const mounts = readMountInfo();
  const probed: TargetFileSystem[] = [];
  for (const { mountPoint, device } of fileSystems) {
    const { stdout } = await context.exec(probeCommand(device), {
      allowedExitCodes: [0, nothingFound],
      reason: "system",
      object: device,
    });
    const tags = parseExport(stdout);
    const directory = resolve(root, `.${mountPoint}`);
    probed.push({
      mountPoint,
      directory,
      device,
      subdirectory: mounts.findLast(({ target }) => target === directory)?.root ?? "/",
      type: tags.get("TYPE"),
      uuid: tags.get("UUID"),
      label: tags.get("LABEL"),
      partitionGuid: tags.get("PART_ENTRY_UUID")?.toLowerCase(),
    });
  }
  return probed;
}

/** Reads `KEY=value` lines; blkid puts a backslash before what a shell would not take as it is. */
function parseExport(text: string): Map<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, key, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined
        ? []
        : [[key, value.replaceAll(/\\(.)/g, "$1")]];
    }),
  );
}

/**
 * The directories where a boot loader may have put its files: where a file system is mounted that an ESP can have, or
 * whose place says so, and the customary places; only those that exist.
 */
export function bootDirectories(root: string, fileSystems: readonly TargetFileSystem[]): string[] {
  const customary = ["/boot", "/efi", "/boot/efi"];
  const mounted = fileSystems
    .filter(({ type, mountPoint }) => type === "vfat" || /^\/(boot|efi)/.test(mountPoint))
    .map(({ mountPoint }) => mountPoint);
  const paths = [...mounted, ...customary];
  return [...new Set(paths.map((path) => join(root, path)))].filter((path) => existsSync(path));
}
