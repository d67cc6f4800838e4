import { exists, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeBuilder } from "../system/builder.ts";
import { withLock } from "../system/lock.ts";
import { places as systemPlaces } from "../system/paths.ts";
import { type Progress, run } from "../system/run.ts";
import { isCurrent, markCurrent } from "../system/stamp.ts";
import { places } from "./places.ts";

/** A Debian release whose Nix is used, by its suite; `bookworm` is the builder of the tests' systems. */
export const suites = ["sid", "trixie", "bookworm"] as const;

/** One of {@link suites}. */
export type Suite = (typeof suites)[number];

/** What is to be seen at a path inside a root tree. */
export interface Bind {
  readonly from: string;
  /** Absolute, as seen inside; below `/mnt`, or `/nix`. */
  readonly to: string;
}

/**
 * Makes the root tree of a suite with its Nix, once, and gives its directory. The tree is complete or absent.
 *
 * @throws Error with mmdebstrap's last lines.
 */
export async function makeRoot(suite: Suite, progress: Progress): Promise<string> {
  if (suite === "bookworm") {
    await withLock(systemPlaces.lock, () => makeBuilder(progress));
    return systemPlaces.builder;
  }
  const root = join(places.peers, suite);
  const recipe = `${suite} nix-bin`;
  if (await isCurrent(root, recipe)) return root;
  progress(`${suite}: unpacking Nix`);
  const unfinished = `${root}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(places.peers, { recursive: true });
  await run(
    `unpacking nix-bin of ${suite}`,
    [
      "mmdebstrap",
      "--mode=root",
      "--variant=extract",
      "--include=nix-bin",
      "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
      // sid's index is only valid for a week, and a mirror or a clock may be behind.
      '--aptopt=Acquire::Check-Valid-Until "false"',
      suite,
      unfinished,
    ],
    progress,
  );
  for (const directory of ["dev", "etc", "mnt", "nix", "proc", "root", "tmp"]) {
    await mkdir(join(unfinished, directory), { recursive: true });
  }
  await Bun.write(join(unfinished, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await Bun.write(join(unfinished, "etc/group"), "root:x:0:\n");
  await Bun.write(join(unfinished, "etc/hosts"), "127.0.0.1 localhost\n");
  if (await exists(root)) await rm(root, { recursive: true });
  await markCurrent(unfinished, recipe);
  await rename(unfinished, root);
  return root;
}

/**
 * In namespaces of its own: what is to be seen below `/mnt` and at `/nix`, an empty home, and the command. Takes the
 * root, pairs of paths to bind, `--`, and the command.
 */
const enterScript = `
root=$1
shift
mount -t tmpfs tmpfs "$root/mnt"
mount -t tmpfs tmpfs "$root/root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LC_ALL=C chroot "$root" "$@"
`;

/**
 * The command that runs another in a root tree, with a home directory that is empty, so that nothing of an earlier run
 * is remembered. Its mounts and processes are gone afterwards, however it ends.
 */
export function inRoot(
  root: string,
  binds: readonly Bind[],
  argv: readonly string[],
): readonly string[] {
  const namespaces = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child"];
  const bound = binds.flatMap(({ from, to }) => [from, to]);
  return [
    "unshare",
    ...namespaces,
    "sh",
    "-euc",
    enterScript,
    "enter",
    root,
    ...bound,
    "--",
    ...argv,
  ];
}

/** What Nix calls itself, such as `2.34.8`. */
export async function nixVersion(root: string): Promise<string> {
  const output = await run("nix --version", inRoot(root, [], ["nix", "--version"]));
  return /(\d+\.\d+(?:\.\d+)*)\s*$/.exec(output)?.[1] ?? output.trim();
}
