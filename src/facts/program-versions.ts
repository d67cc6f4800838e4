import { realpath } from "node:fs/promises";
import { exec } from "../run/command.ts";

/** How programs are asked for their versions that do not know `-V`. */
const versionArguments: Readonly<Record<string, string>> = {
  bcachefs: "version",
  btrfs: "--version",
  chroot: "--version",
  cryptsetup: "--version",
  dmsetup: "version",
  env: "--version",
  lvcreate: "--version",
  lvs: "--version",
  mdadm: "--version",
  pvcreate: "--version",
  sfdisk: "--version",
  udevadm: "--version",
  vgchange: "--version",
  vgcreate: "--version",
  zfs: "version",
  zpool: "version",
};

/**
 * The version in what a program says of itself: `6.1.0` of `mkfs.xfs version 6.1.0`, `9.2` of `OpenSSH_9.2p1`, `252` of
 * systemd's bare number; `undefined` when there is none.
 */
export function parseVersion(text: string): string | undefined {
  return (
    /(?:^|[\sv_-])(?<version>\d+(?:\.\d+)+)/.exec(text)?.groups?.version ??
    /^(?<version>\d+)(?: \(|$)/m.exec(text)?.groups?.version
  );
}

/** What a program says of its version; `undefined` when it says none, or cannot be run. */
async function askVersion(
  program: string,
  argument: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await exec([program, argument], {
      timeoutSeconds: 10,
      // Those that do not know the argument show their version with their usage.
      allowedExitCodes: [0, 1, 2],
      ...(signal === undefined ? {} : { signal }),
    });
    return parseVersion(`${stdout}\n${stderr}`);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/**
 * Asks programs for their versions, all at once; one that is there by several names (`lvm`) once.
 *
 * @param programs Names of programs that are there, with the paths they were found at.
 * @returns The version by name; one that says none is left out.
 */
export async function readProgramVersions(
  programs: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const asked = new Map<string, Promise<string | undefined>>();
  const answers = Object.entries(programs).map(async ([name, path]) => {
    const argument = versionArguments[name] ?? "-V";
    const key = `${await realpath(path).catch(() => path)} ${argument}`;
    const answer = asked.get(key) ?? askVersion(name, argument, signal);
    asked.set(key, answer);
    return [name, await answer] as const;
  });
  const versions: Record<string, string> = {};
  for (const [name, version] of await Promise.all(answers)) {
    if (version !== undefined) versions[name] = version;
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
