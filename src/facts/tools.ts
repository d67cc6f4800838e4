import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { searchPath } from "../run/command.ts";

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Where programs are found, in the way commands are looked up; a program that is not there is left out.
 *
 * @param programs Names such as `sfdisk`.
 * @param directories Where to look, in order.
 */
export function findTools(
  programs: readonly string[],
  directories: readonly string[] = searchPath(),
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const program of programs) {
    const path = directories.map((directory) => join(directory, program)).find(isExecutableFile);
    if (path !== undefined) found[program] = path;
  }
  return found;
}
