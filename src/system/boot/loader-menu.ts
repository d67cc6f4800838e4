import { type LoaderEntry, parseKeyValueLines } from "./loader-entry.ts";
import { compareVersions } from "./version-order.ts";

/** What loader.conf(5) says about the default entry: a glob pattern, or `@saved`; `undefined` when it says nothing. */
export function parseLoaderDefault(text: string): string | undefined {
  return parseKeyValueLines(text).findLast(([key]) => key === "default")?.[1];
}

/**
 * The entry that systemd-boot starts when nobody chooses: the first in the order of its menu that matches the pattern,
 * or the first at all (systemd, `src/boot/efi/boot.c`).
 *
 * @param pattern As {@link parseLoaderDefault} gives it. What variables of the firmware may say instead is left out.
 */
export function defaultLoaderEntry(
  entries: readonly LoaderEntry[],
  pattern: string | undefined,
): LoaderEntry | undefined {
  const menu = entries.toSorted(compareEntries);
  if (pattern === undefined || pattern.startsWith("@")) return menu[0];
  return menu.find(({ id }) => globMatches(pattern, id)) ?? menu[0];
}

/** The order of the menu, as the Boot Loader Specification has it under "Sorting". */
function compareEntries(a: LoaderEntry, b: LoaderEntry): number {
  const bad = Number(a.triesLeft === 0) - Number(b.triesLeft === 0);
  if (bad !== 0) return bad;
  const withoutKey = Number(a.sortKey === undefined) - Number(b.sortKey === undefined);
  if (withoutKey !== 0) return withoutKey;
  if (a.sortKey !== undefined && b.sortKey !== undefined) {
    const byKey =
      compareText(a.sortKey, b.sortKey) ||
      compareText(a.machineId ?? "", b.machineId ?? "") ||
      -compareVersions(a.version ?? "", b.version ?? "");
    if (byKey !== 0) return byKey;
  }
  return -compareVersions(a.id, b.id);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A match of `*`, `?` and `[…]` as systemd-boot makes it: over the whole name, without regard to case. */
function globMatches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/\[[^\]]+\]|[*?]|[^*?[]+|\[/g, (token) => {
    if (token === "*") return ".*";
    if (token === "?") return ".";
    if (token.length > 1 && token.startsWith("[") && token.endsWith("]")) {
      return `[${token.slice(1, -1).replaceAll(/[\\[\]^]/g, "\\$&")}]`;
    }
    return token.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "is").test(name);
}
