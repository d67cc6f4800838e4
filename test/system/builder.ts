import { copyFile, exists, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { places, sourceDirectory } from "./paths.ts";
import { type Progress, run } from "./run.ts";
import { isCurrent, markCurrent } from "./stamp.ts";

const suite = "bookworm";

/** What the builder has beside apt: Nix, and the tools the derivations call. */
const tools = [
  "binutils",
  "ca-certificates",
  "cpio",
  "kmod",
  "mount",
  "nix-bin",
  "patchelf",
  "xz-utils",
  "zstd",
];

/** Nix in the builder: root builds, without a sandbox, and keeps only what is asked for. */
const nixConfiguration = `build-users-group =
sandbox = false
experimental-features = nix-command
substituters =
max-jobs = auto
cores = 1
require-sigs = false
`;

/**
 * Makes the root tree everything is built in, once: Debian with Nix. The tree is complete or absent.
 *
 * @throws Error with mmdebstrap's last lines.
 */
export async function makeBuilder(progress: Progress): Promise<void> {
  const recipe = [suite, ...tools, nixConfiguration].join("\n");
  if (await isCurrent(places.builder, recipe)) return;
  progress("builder: installing Debian with Nix");
  const unfinished = `${places.builder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  for (const place of [places.builderPackages, places.packages, places.products]) {
    await mkdir(place, { recursive: true });
  }
  await run(
    "making the builder",
    [
      "mmdebstrap",
      "--mode=root",
      "--variant=apt",
      `--include=${tools.join(",")}`,
      // Take packages from the last time, and leave them for the next.
      "--skip=download/empty",
      "--skip=essential/unlink",
      "--skip=cleanup/apt",
      '--setup-hook=mkdir -p "$1/var/cache/apt/archives"',
      `--setup-hook=sync-in ${places.builderPackages} /var/cache/apt/archives`,
      `--customize-hook=sync-out /var/cache/apt/archives ${places.builderPackages}`,
      suite,
      unfinished,
    ],
    progress,
  );
  await mkdir(join(unfinished, "etc/nix"), { recursive: true });
  await Bun.write(join(unfinished, "etc/nix/nix.conf"), nixConfiguration);
  for (const directory of ["fixture", "debs", "products"]) await mkdir(join(unfinished, directory));
  await rm(places.builder, { recursive: true, force: true });
  await markCurrent(unfinished, recipe);
  await rename(unfinished, places.builder);
}

/** In a mount and process namespace of its own: the builder's mounts, then the command in its root. */
const enterScript = `
root=$1 source=$2 debs=$3 products=$4
shift 4
mount --bind "$source" "$root/fixture"
mount --bind "$debs" "$root/debs"
mount --bind "$products" "$root/products"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C GC_INITIAL_HEAP_SIZE=64M chroot "$root" "$@"
`;

/**
 * Runs a command in the builder and gives its standard output. Its mounts and processes are gone afterwards, also when
 * this process is killed.
 *
 * @throws Error with the command's last lines.
 */
export async function enterBuilder(argv: readonly string[], progress?: Progress): Promise<string> {
  if (await exists("/etc/resolv.conf")) {
    await copyFile("/etc/resolv.conf", join(places.builder, "etc/resolv.conf"));
  }
  const namespaces = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child"];
  const bound = [places.builder, sourceDirectory, places.packages, places.products];
  return run(
    `${argv[0]} in the builder`,
    ["unshare", ...namespaces, "sh", "-euc", enterScript, "enter", ...bound, ...argv],
    progress,
  );
}
