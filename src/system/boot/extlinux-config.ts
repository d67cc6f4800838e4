/** A boot option of an extlinux.conf. Paths are as written: relative to the file's directory, or to the partition. */
interface ExtlinuxEntry {
  readonly label: string;
  readonly linux: string | undefined;
  readonly initrds: readonly string[];
  /** The kernel's command line. */
  readonly append: string;
}

/** An extlinux.conf as U-Boot reads it (its `doc/README.pxe`). */
export interface ExtlinuxConfig {
  /** What is started when nobody chooses: the label that `DEFAULT` names, else the first. */
  readonly defaultEntry: ExtlinuxEntry | undefined;
  readonly entries: readonly ExtlinuxEntry[];
}

/** Parses an extlinux.conf. Keywords have no case; what is not about booting is left out. */
export function parseExtlinuxConfig(text: string): ExtlinuxConfig {
  const lines = text.split("\n").flatMap((line) => {
    const [, keyword, value] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    return keyword === undefined || value === undefined
      ? []
      : [{ keyword: keyword.toLowerCase(), value }];
  });
  const starts = lines.flatMap(({ keyword }, index) => (keyword === "label" ? [index] : []));
  const entries = starts.map((start, number) => readEntry(lines.slice(start, starts[number + 1])));
  const chosen = lines.findLast(({ keyword }) => keyword === "default")?.value;
  return {
    defaultEntry: entries.find(({ label }) => label === chosen) ?? entries[0],
    entries,
  };
}

function readEntry(
  lines: readonly { readonly keyword: string; readonly value: string }[],
): ExtlinuxEntry {
  const value = (...wanted: readonly string[]) =>
    lines.findLast(({ keyword }) => wanted.includes(keyword))?.value;
  return {
    label: value("label") ?? "",
    linux: value("linux", "kernel"),
    initrds: (value("initrd") ?? "").split(",").filter((path) => path !== ""),
    append: value("append") ?? "",
  };
}
