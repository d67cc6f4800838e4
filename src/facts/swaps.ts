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
