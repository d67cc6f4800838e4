/**
 * Parses `/proc/swaps` (proc_swaps(5)): the device or file of each area, spaces written as `\040`.
 *
 * An area that was switched on in a mount namespace that is gone is told without the mount point of its file system
 * there. For a partition that is `/dev`, and what it is called in there is true still: `/vda2` is `/dev/vda2`.
 */
export function parseSwaps(text: string): string[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [file, type] = line.split(/\s+/);
      if (file === undefined || file === "") return [];
      const path = file.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return type === "partition" && !path.startsWith("/dev/") ? [`/dev${path}`] : [path];
    });
}
