import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Findings } from "./findings.ts";
import {
  checkPortableExecutable,
  type EfiArchitecture,
  PortableExecutableError,
} from "./portable-executable.ts";

/** An EFI program on a file system of the target. */
export interface EfiProgram {
  /** Mount point of its file system, in the live system's view. */
  readonly directory: string;
  /** Its path there, with slashes and without one in front: `EFI/BOOT/BOOTX64.EFI`. */
  readonly path: string;
}

/** The path that firmware tries without a boot entry (UEFI specification, 3.5.1.1), relative to the ESP. */
export function fallbackPath(architecture: EfiArchitecture): string {
  return `EFI/BOOT/BOOT${architecture.toUpperCase()}.EFI`;
}

/** The first of some EFI programs that exists, by directory and by path. */
export function findEfiProgram(
  directories: readonly string[],
  paths: readonly string[],
): EfiProgram | undefined {
  for (const directory of directories) {
    const path = paths.find((candidate) => existsSync(join(directory, candidate)));
    if (path !== undefined) return { directory, path };
  }
  return undefined;
}

/** Adds a problem for an EFI program that is none, is truncated, or is for another machine. */
export async function checkEfiProgram(
  findings: Findings,
  { directory, path }: EfiProgram,
  architectures: readonly EfiArchitecture[],
): Promise<void> {
  const file = join(directory, path);
  try {
    const architecture = checkPortableExecutable(await readFile(file));
    if (!architectures.includes(architecture)) {
      findings.problems.push(`${file} is for ${architecture}, which this machine is not`);
    }
  } catch (error) {
    if (!(error instanceof PortableExecutableError)) throw error;
    findings.problems.push(`${file} ${error.message}`);
  }
}
