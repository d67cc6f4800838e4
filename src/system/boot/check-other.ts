import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fallbackPath, findEfiProgram } from "./efi-programs.ts";
import type { ExpectedBoot } from "./expected-boot.ts";
import type { Findings } from "./findings.ts";
import type { LoaderPrograms } from "./loader-programs.ts";

/** Bytes up to which a file is looked into: menus, and the stubs of unified kernel images. */
const largestFile = 128 * 1024 * 1024;

/**
 * What can be said of a loader that this installer does not know (lanzaboote, limine, rEFInd): some file of it must
 * hold the system's `init=`.
 */
export async function checkOtherLoader(
  findings: Findings,
  { toplevel, init, architectures }: ExpectedBoot,
  directories: readonly string[],
): Promise<LoaderPrograms> {
  const file = await findText(directories, init);
  if (file === undefined) {
    const places = directories.length === 0 ? "there is no /boot" : directories.join(", ");
    findings.problems.push(
      `no boot loader that starts ${toplevel} was found: no file holds ${init} (looked in ${places})`,
    );
  } else {
    findings.loader = `an unknown loader (${file})`;
    findings.notes.push(
      `The boot loader is not one this installer knows; only ${file} was checked`,
    );
  }
  return {
    loader: undefined,
    fallback: findEfiProgram(directories, architectures.map(fallbackPath)),
  };
}

async function findText(directories: readonly string[], text: string) {
  for (const directory of directories) {
    for (const name of await readdir(directory, { recursive: true })) {
      const file = join(directory, name);
      const status = await stat(file).catch(() => undefined);
      if (status?.isFile() !== true || status.size > largestFile) continue;
      if ((await readFile(file)).includes(text)) return file;
    }
  }
  return undefined;
}
