import { readdir, readFile } from "node:fs/promises";

/** The text of a file of sysfs or procfs without the white space around it; `undefined` when it cannot be read or is empty. */
export async function readAttribute(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, "utf8")).replaceAll("\0", "").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The names in a directory in their order; none when there is no such directory. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch {
    return [];
  }
}

/** Parses lines of `KEY=value` as in a `uevent` file of sysfs. */
export function parseKeyValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const separator = line.indexOf("=");
    if (separator > 0) values.set(line.slice(0, separator), line.slice(separator + 1));
  }
  return values;
}
