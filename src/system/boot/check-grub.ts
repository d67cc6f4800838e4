import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { copyProblem } from "./compare-files.ts";
import { checkEfiProgram, fallbackPath, findEfiProgram } from "./efi-programs.ts";
import type { ExpectedBoot } from "./expected-boot.ts";
import type { Findings } from "./findings.ts";
import { defaultGrubEntry, type GrubEntry, parseGrubConfig } from "./grub-config.ts";
import { type GrubPathContext, GrubPathError, resolveGrubPath } from "./grub-paths.ts";
import type { LoaderPrograms } from "./loader-programs.ts";
import type { TargetFileSystem } from "./target-file-systems.ts";

const configuration = "grub/grub.cfg";

/** The directory whose `grub` folder GRUB reads, in the live system's view; `undefined` when there is none. */
export function findGrub(directories: readonly string[]): string | undefined {
  return directories.find((directory) => existsSync(join(directory, configuration)));
}

/** What GRUB's menus are checked against. */
export interface GrubTarget {
  readonly root: string;
  readonly fileSystems: readonly TargetFileSystem[];
  /** Where a menu may be, in the live system's view. */
  readonly directories: readonly string[];
}

/** Checks the default entry of the first grub.cfg there is, and the kernel and initrd that it names. */
export async function checkGrubMenu(
  findings: Findings,
  expected: ExpectedBoot,
  { root, fileSystems, directories }: GrubTarget,
): Promise<void> {
  const directory = findGrub(directories);
  if (directory === undefined) {
    findings.problems.push(
      `GRUB's menu is not there: looked for ${configuration} in ${directories.join(", ")}`,
    );
    return;
  }
  const file = join(directory, configuration);
  findings.loader = `GRUB (${file})`;
  const entry = defaultGrubEntry(parseGrubConfig(await readFile(file, "utf8")));
  const init = entry?.linux?.parameters.findLast((word) => word.startsWith("init="));
  if (entry === undefined || init !== expected.init) {
    const found = entry === undefined ? "there is none" : `"${entry.title}": ${init ?? "no init="}`;
    findings.problems.push(`the default entry of ${file} has not ${expected.init} (${found})`);
    return;
  }
  const { searches } = entry;
  const home = homeOf(directory, fileSystems);
  await checkEntryFiles(findings, expected, entry, { root, fileSystems, searches, home });
}

/** The file system that holds a directory: the deepest mount above it. */
function homeOf(
  directory: string,
  fileSystems: readonly TargetFileSystem[],
): TargetFileSystem | undefined {
  return fileSystems
    .filter((fileSystem) => `${directory}/`.startsWith(`${fileSystem.directory}/`))
    .toSorted((a, b) => b.directory.length - a.directory.length)[0];
}

async function checkEntryFiles(
  findings: Findings,
  expected: ExpectedBoot,
  entry: GrubEntry,
  context: GrubPathContext,
): Promise<void> {
  const check = async (path: string, original: string) => {
    try {
      const copy = await resolveGrubPath(path, context);
      const problem = await copyProblem(copy, original);
      if (problem !== undefined) findings.problems.push(`${copy} ${problem}`);
    } catch (error) {
      if (!(error instanceof GrubPathError)) throw error;
      findings.problems.push(error.message);
    }
  };
  if (entry.linux !== undefined) await check(entry.linux.path, expected.kernel);
  if (expected.initrd === undefined) return;
  const [initrd] = entry.initrds;
  if (initrd === undefined) findings.problems.push(`"${entry.title}" names no initrd`);
  else await check(initrd, expected.initrd);
}

/** Whether GRUB's EFI program is there, in a directory of its own or at the fallback path. */
export async function hasGrubEfi(
  { architectures }: ExpectedBoot,
  directories: readonly string[],
): Promise<boolean> {
  const own = await ownPaths(directories, grubNames(architectures));
  return findEfiProgram(directories, [...own, ...architectures.map(fallbackPath)]) !== undefined;
}

function grubNames(architectures: ExpectedBoot["architectures"]): string[] {
  return architectures.map((name) => `grub${name}.efi`);
}

/** Checks GRUB's EFI program: in a directory of its own, or at the fallback path. */
export async function checkGrubEfi(
  findings: Findings,
  { architectures }: ExpectedBoot,
  directories: readonly string[],
): Promise<LoaderPrograms> {
  const names = grubNames(architectures);
  const own = await ownPaths(directories, names);
  const loader = findEfiProgram(directories, own);
  const fallback = findEfiProgram(directories, architectures.map(fallbackPath));
  if (loader === undefined && fallback === undefined) {
    findings.problems.push(
      `GRUB's EFI program is not there: looked for EFI/*/${names.join(" and EFI/*/")} and ${architectures.map(fallbackPath).join(" and ")} in ${directories.join(", ")}`,
    );
  }
  for (const program of [loader, fallback]) {
    if (program !== undefined) await checkEfiProgram(findings, program, architectures);
  }
  return { loader, fallback };
}

async function ownPaths(directories: readonly string[], names: readonly string[]) {
  const vendors = new Set<string>();
  for (const directory of directories) {
    const folder = join(directory, "EFI");
    for (const vendor of existsSync(folder) ? await readdir(folder) : []) vendors.add(vendor);
  }
  return [...vendors].flatMap((vendor) => names.map((name) => `EFI/${vendor}/${name}`));
}
