/** A menu entry of Type #1 of the Boot Loader Specification. Paths begin at the root of the entry's own partition. */
export interface LoaderEntry {
  /** The file's name without the boot counter: what `default` of loader.conf is matched against. */
  readonly id: string;
  /** Attempts left before the entry counts as bad; `undefined` without boot counting. */
  readonly triesLeft: number | undefined;
  readonly title: string | undefined;
  readonly sortKey: string | undefined;
  readonly machineId: string | undefined;
  readonly version: string | undefined;
  readonly linux: string | undefined;
  readonly initrds: readonly string[];
  /** The kernel's command line. */
  readonly options: string;
}

/** The keys and values of a file of the Boot Loader Specification, in their order; comments and empty lines left out. */
export function parseKeyValueLines(text: string): [key: string, value: string][] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*([^\s#]\S*)\s+(.*?)\s*$/.exec(line);
    const [, key, value] = match ?? [];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
}

/**
 * Parses a file of `loader/entries`.
 *
 * @param fileName Its name, such as `nixos-generation-1.conf`, or with a boot counter `nixos-generation-1+3-0.conf`.
 */
export function parseLoaderEntry(fileName: string, text: string): LoaderEntry {
  const lines = parseKeyValueLines(text);
  const values = (wanted: string) =>
    lines.filter(([key]) => key === wanted).map(([, value]) => value);
  const last = (wanted: string) => values(wanted).at(-1);
  const counter = /\+([0-9]+)(?:-[0-9]+)?(?=\.conf$)/.exec(fileName);
  return {
    id: fileName.replace(/\+[0-9]+(?:-[0-9]+)?(?=\.conf$)/, ""),
    triesLeft: counter?.[1] === undefined ? undefined : Number(counter[1]),
    title: last("title"),
    sortKey: last("sort-key"),
    machineId: last("machine-id"),
    version: last("version"),
    linux: last("linux"),
    initrds: values("initrd"),
    options: values("options").join(" "),
  };
}
