import { checkGrubEfi, checkGrubMenu, findGrub, hasGrubEfi } from "./check-grub.ts";
import { checkSystemdBoot, hasSystemdBoot } from "./check-systemd-boot.ts";
import type { ExpectedBoot } from "./expected-boot.ts";
import { type Findings, noFindings } from "./findings.ts";
import type { TargetFileSystem } from "./target-file-systems.ts";

/** What the EFI system partitions of a target are checked against. */
export interface BootTarget {
  readonly root: string;
  readonly fileSystems: readonly TargetFileSystem[];
  /** Where boot files may be, in the live system's view. */
  readonly directories: readonly string[];
  /** Those of the directories that are EFI system partitions made by this install. */
  readonly espDirectories: readonly string[];
}

/** The directories that one EFI system partition is checked with: none of another, which may be on a disk that is gone. */
function directoriesWith(esp: string, { directories, espDirectories }: BootTarget): string[] {
  return [esp, ...directories.filter((directory) => !espDirectories.includes(directory))];
}

function noteMissing(findings: Findings, esp: string, { root }: BootTarget): void {
  const mountPoint = esp.slice(root.length);
  findings.notes.push(
    `The EFI system partition ${mountPoint} has no boot loader: the machine does not start from it`,
  );
}

/**
 * Checks that each EFI system partition but the one that was checked has all it takes to start the system by itself, so
 * that the machine starts when another disk is taken away. One without a loader is only noted.
 *
 * @param checked The directory of the one that was checked.
 */
export async function checkFurtherSystemdBoot(
  findings: Findings,
  expected: ExpectedBoot,
  target: BootTarget,
  checked: string | undefined,
): Promise<void> {
  for (const esp of target.espDirectories.filter((directory) => directory !== checked)) {
    if (!hasSystemdBoot([esp])) {
      noteMissing(findings, esp, target);
      continue;
    }
    const own = noFindings();
    await checkSystemdBoot(own, expected, directoriesWith(esp, target));
    findings.problems.push(...own.problems);
  }
}

/** The same for GRUB. */
export async function checkFurtherGrubEfi(
  findings: Findings,
  expected: ExpectedBoot,
  target: BootTarget,
  checked: string | undefined,
): Promise<void> {
  for (const esp of target.espDirectories.filter((directory) => directory !== checked)) {
    if (!(await hasGrubEfi(expected, [esp]))) {
      noteMissing(findings, esp, target);
      continue;
    }
    const own = noFindings();
    await checkGrubEfi(own, expected, [esp]);
    // Without a menu of its own (`boot.loader.grub.mirroredBoots`) it reads the first one, which was checked.
    if (findGrub([esp]) !== undefined) {
      await checkGrubMenu(own, expected, { ...target, directories: [esp] });
    }
    findings.problems.push(...own.problems);
  }
}
