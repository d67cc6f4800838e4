import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { copyProblem } from "./compare-files.ts";
import { checkEfiProgram, fallbackPath, findEfiProgram } from "./efi-programs.ts";
import type { ExpectedBoot } from "./expected-boot.ts";
import type { Findings } from "./findings.ts";
import { type LoaderEntry, parseLoaderEntry } from "./loader-entry.ts";
import { defaultLoaderEntry, parseLoaderDefault } from "./loader-menu.ts";
import type { LoaderPrograms } from "./loader-programs.ts";

/** An entry with where it was found. */
interface PlacedEntry extends LoaderEntry {
  /** Mount point of the file system whose root its paths begin at, in the live system's view. */
  readonly directory: string;
  readonly file: string;
}

/** Whether anything of systemd-boot is in one of the directories. */
export function hasSystemdBoot(directories: readonly string[]): boolean {
  return directories.some(
    (directory) =>
      existsSync(join(directory, "loader/loader.conf")) ||
      existsSync(join(directory, "loader/entries")) ||
      existsSync(join(directory, "EFI/systemd")),
  );
}

/**
 * Checks systemd-boot's programs, its default entry, and the kernel and initrd that the entry names.
 *
 * @param directories Where the ESP and an XBOOTLDR partition may be mounted, in the live system's view.
 * @returns The loader's programs, for the firmware's entries.
 */
export async function checkSystemdBoot(
  findings: Findings,
  expected: ExpectedBoot,
  directories: readonly string[],
): Promise<LoaderPrograms> {
  const { architectures } = expected;
  const paths = architectures.map((name) => `EFI/systemd/systemd-boot${name}.efi`);
  const loader = findEfiProgram(directories, paths);
  if (loader === undefined) {
    findings.problems.push(
      `systemd-boot is not there: looked for ${paths.join(" and ")} in ${directories.join(", ")}`,
    );
    return { loader: undefined, fallback: undefined };
  }
  findings.loader = `systemd-boot (${join(loader.directory, loader.path)})`;
  await checkEfiProgram(findings, loader, architectures);
  const fallback = findEfiProgram([loader.directory], architectures.map(fallbackPath));
  if (fallback !== undefined) await checkEfiProgram(findings, fallback, architectures);

  const entries = await readEntries(directories);
  const entry = await checkMenu(findings, expected, loader.directory, entries);
  if (entry !== undefined) await checkEntryFiles(findings, expected, entry);
  return { loader, fallback };
}

async function readEntries(directories: readonly string[]): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  for (const directory of directories) {
    const folder = join(directory, "loader/entries");
    const names = existsSync(folder) ? await readdir(folder) : [];
    for (const name of names.filter((candidate) => candidate.endsWith(".conf"))) {
      const file = join(folder, name);
      const entry = parseLoaderEntry(name, await readFile(file, "utf8"));
      entries.push({ ...entry, directory, file });
    }
  }
  return entries;
}

/** Finds the entry of the system, which must be the default one. */
async function checkMenu(
  findings: Findings,
  { init }: ExpectedBoot,
  espDirectory: string,
  entries: readonly PlacedEntry[],
): Promise<PlacedEntry | undefined> {
  const ours = entries.filter(({ options }) => initOf(options) === init);
  const [first] = ours;
  if (first === undefined) {
    const found = entries.map(({ file, options }) => `${file}: ${initOf(options) ?? "no init="}`);
    findings.problems.push(
      `no entry of systemd-boot has ${init} (${found.length === 0 ? "there is no entry" : found.join("; ")})`,
    );
    return undefined;
  }
  const configuration = join(espDirectory, "loader/loader.conf");
  if (!existsSync(configuration)) {
    findings.problems.push(`${configuration} is missing`);
    return first;
  }
  const pattern = parseLoaderDefault(await readFile(configuration, "utf8"));
  const chosen = defaultLoaderEntry(entries, pattern);
  const ownDefault = ours.find((entry) => entry === chosen);
  if (ownDefault === undefined) {
    findings.problems.push(
      `${configuration} (default ${pattern ?? "not set"}) starts ${chosen?.id ?? "nothing"} and not ${first.id}`,
    );
  }
  return ownDefault ?? first;
}

/** The `init=` that the kernel hands to its initrd: the last one counts. */
function initOf(options: string): string | undefined {
  return options.split(/\s+/).findLast((word) => word.startsWith("init="));
}

async function checkEntryFiles(
  findings: Findings,
  expected: ExpectedBoot,
  entry: PlacedEntry,
): Promise<void> {
  const check = async (path: string, original: string, mayBeLonger: boolean) => {
    const copy = join(entry.directory, path);
    const problem = await copyProblem(copy, original, { mayBeLonger });
    if (problem !== undefined) findings.problems.push(`${copy} ${problem}`);
  };
  if (entry.linux === undefined) findings.problems.push(`${entry.file} names no kernel`);
  else await check(entry.linux, expected.kernel, false);
  if (expected.initrd === undefined) return;
  const [initrd] = entry.initrds;
  if (initrd === undefined) findings.problems.push(`${entry.file} names no initrd`);
  else await check(initrd, expected.initrd, expected.initrdSecrets);
}
