import { ownValue } from "../own-value.ts";

/**
 * How many characters must be inserted, removed, replaced or exchanged with their neighbour to turn one text into the
 * other: the restricted Damerau-Levenshtein distance.
 */
export function editDistance(one: string, other: string): number {
  const rows: number[][] = [];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 0; row <= one.length; row++) {
    rows.push([]);
    for (let column = 0; column <= other.length; column++) {
      const replaced = at(row - 1, column - 1) + Number(one[row - 1] !== other[column - 1]);
      const isExchange = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const distance = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        replaced,
        isExchange ? at(row - 2, column - 2) + 1 : Infinity,
      );
      rows[row]?.push(row + column === 0 ? 0 : distance);
    }
  }
  return at(one.length, other.length);
}

/** Truth values, as this and other languages write them, in lower case. */
export const truthValues: Readonly<Record<string, string>> = {
  yes: "true",
  on: "true",
  true: "true",
  no: "false",
  off: "false",
  false: "false",
};

/** What other programs call what a manifest calls otherwise. */
const otherWords: Readonly<Record<string, string>> = {
  efi: "esp",
  ef00: "esp",
  ef02: "bios-boot",
  fat: "vfat",
  fat32: "vfat",
  mbr: "msdos",
  dos: "msdos",
  restart: "reboot",
  shutdown: "poweroff",
  halt: "poweroff",
};

/** Keys are written in lower case with dashes. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * The one of `candidates` that `text` is most likely a misspelling of: at most a third of its characters differ, upper
 * and lower case and `_` for `-` aside. `undefined` when none comes near, or nothing of the text would be left.
 */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalise(text);
  const names = [...candidates];
  const synonym = ownValue(otherWords, wanted);
  if (synonym !== undefined && names.includes(synonym)) return synonym;
  const ranked = names
    .map((name) => ({ name, distance: editDistance(wanted, normalise(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .filter(({ distance }) => distance < wanted.length)
    .toSorted((one, other) => one.distance - other.distance);
  return ranked[0]?.name;
}

/** As {@link closest}, for keys: one that ends or begins what was written, as `options` does `mount-options`, comes first. */
export function closestKey(text: string, keys: readonly string[]): string | undefined {
  const name = normalise(text);
  const part = keys.find((key) => name.endsWith(`-${key}`) || name.startsWith(`${key}-`));
  return part ?? closest(text, keys);
}

/** What a size was meant to be that is written as fdisk(8) and lsblk(8) do (`50G`), or with other capitals. */
export function meantSize(text: string): string | undefined {
  const found = /^(?<count>-?\d+) ?(?<prefix>[KMGT])(?<rest>i?B?)$/i.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { count = "", prefix = "", rest = "" } = found;
  const isDecimal = rest.toLowerCase() === "b";
  if (isDecimal && prefix.toLowerCase() === "k") return `${count}kB`;
  return `${count}${prefix.toUpperCase()}${isDecimal ? "B" : "iB"}`;
}
