import { readFileSync } from "node:fs";

/** One line of `/proc/self/mountinfo`, see proc_pid_mountinfo(5). */
export interface MountInfo {
  readonly mountId: number;
  /** `major:minor` of the file system's device. */
  readonly device: string;
  /** The directory of the file system that is mounted: `/`, or more for a bind mount or subvolume. */
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Options of the file system itself, such as `lowerdir=…` of an overlay. */
  readonly superOptions: readonly string[];
}

/** The kernel writes space, tab, newline and backslash in names as `\040` and so on. */
function decodeOctal(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Parses the text of a `mountinfo` file, in the kernel's order: later mounts may lie on top of earlier ones. */
export function parseMountInfo(text: string): MountInfo[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [mountId, , device, root, target, options] = before.split(" ");
      const [type, source, superOptions] = after.split(" ");
      if (device === undefined || root === undefined || target === undefined) return [];
      return [
        {
          mountId: Number(mountId),
          device,
          root: decodeOctal(root),
          target: decodeOctal(target),
          options: (options ?? "").split(","),
          type: type ?? "",
          source: decodeOctal(source ?? ""),
          superOptions: (superOptions ?? "").split(",").map(decodeOctal),
        },
      ];
    });
}

/** The mounts this process sees now. */
export function readMountInfo(): MountInfo[] {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** The mounts at or below a directory, topmost and deepest first: the order in which they can be unmounted. */
export function mountsBelow(directory: string, mounts: readonly MountInfo[]): MountInfo[] {
  const prefix = directory === "/" ? "/" : `${directory}/`;
  return mounts
    .filter(({ target }) => target === directory || target.startsWith(prefix))
    .toReversed();
}
