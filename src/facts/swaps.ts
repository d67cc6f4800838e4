import { readFileSync, statSync } from "node:fs";

/** Parses `/proc/swaps` (proc_swaps(5)): the device or file of each area, spaces written as `\040`. */
export function parseSwaps(text: string): string[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [file] = line.split(/\s+/);
      if (file === undefined || file === "") return [];
      return [
        file.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
      ];
    });
}

function isBlockDevice(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isBlockDevice() === true;
}

/**
 * The path by which a swap area can be reached. One that was switched on in a mount namespace that is gone is told without
 * the mount point of its file system there, which is `/dev` for a device: `/vda2` is `/dev/vda2`.
 */
export function reachableSwap(path: string): string {
  const device = `/dev${path}`;
  return !isBlockDevice(path) && isBlockDevice(device) ? device : path;
}

/** The device or file of each swap area in use. */
export function readSwaps(): string[] {
  return parseSwaps(readFileSync("/proc/swaps", "utf8")).map(reachableSwap);
}
