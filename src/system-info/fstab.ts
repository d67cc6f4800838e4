import type { FstabEntry } from "./system-info.ts";

/**
 * Reads `/etc/fstab` (fstab(5), getmntent(3)): fields between blanks and tabs, with spaces, tabs, line breaks and
 * backslashes in them as octal escapes.
 */
export function parseFstab(text: string): FstabEntry[] {
  return tableLines(text).flatMap((fields) => {
    const [device, mountPoint, type, options = "defaults"] = fields.map(unescapeOctal);
    if (device === undefined || mountPoint === undefined || type === undefined) return [];
    return [{ device, mountPoint, type, options: options.split(",") }];
  });
}

/** The fields of each line of a table of `/etc`; without comments. */
export function tableLines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/[ \t]+/));
}

function unescapeOctal(field: string): string {
  return field.replaceAll(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
