import { exec } from "../run/command.ts";

/** The version in what a program says of itself: `6.1.0` of `mkfs.xfs version 6.1.0`; `undefined` when there is none. */
export function parseVersion(text: string): string | undefined {
  return /(?:^|[\sv])(?<version>\d+(?:\.\d+)+)/.exec(text)?.groups?.version;
}

/**
 * Asks programs for their versions with `-V`, as programs that make file systems are asked.
 *
 * @param programs Names or paths of programs that are there.
 * @returns The version by program; one that says none is left out.
 */
export async function readProgramVersions(
  programs: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const program of programs) {
    try {
      const { stdout, stderr } = await exec([program, "-V"], {
        timeoutSeconds: 10,
        ...(signal === undefined ? {} : { signal }),
      });
      const version = parseVersion(`${stdout}\n${stderr}`);
      if (version !== undefined) versions[program] = version;
    } catch {
      signal?.throwIfAborted();
    }
  }
  return versions;
}

/** Whether a version is at least another: both as numbers with dots. One that is not known is not. */
export function isAtLeast(version: string | undefined, least: string): boolean {
  if (version === undefined) return false;
  const numbers = version.split(".").map(Number);
  for (const [index, wanted] of least.split(".").map(Number).entries()) {
    const found = numbers[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}
