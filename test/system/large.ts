import { exists, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { enterBuilder } from "./builder.ts";
import { makeCache, signingKey } from "./caches.ts";
import { systemFixture } from "./index.ts";
import { withLock } from "./lock.ts";
import { places } from "./paths.ts";
import type { Progress } from "./run.ts";
import { isCurrent, markCurrent } from "./stamp.ts";

/** A system with a closure of 1.2 GB in a thousand store paths, in binary caches: for a BIOS and one file system, `/`. */
export interface LargeSystem {
  /** Store path of its toplevel. */
  readonly toplevel: string;
  /** Directory of the signed binary cache for a compression, ready to be served over HTTP. */
  readonly cache: Readonly<Record<PackedCompression, string>>;
}

/** Compressions whose decoders want a window. */
type PackedCompression = "zstd" | "xz";

/**
 * What packs a NAR: quickly, but with the window that the decoder must hold for what Nix packs with xz by default, and
 * the largest that a zstd decoder need support (RFC 8878 3.1.1.1.2), 8 MiB each.
 */
const packers: Readonly<Record<PackedCompression, { suffix: string; command: string }>> = {
  zstd: { suffix: "zst", command: "zstd -q -1 --zstd=windowLog=23 -c" },
  xz: { suffix: "xz", command: "xz --lzma2=preset=0,dict=8MiB -c" },
};

/** Makes a cache `$2` of the uncompressed one `$1`; signatures are for what is in the NARs and stay as they are. */
const packScript = `
export from=$1 to=$2 name=$3 suffix=$4 command=$5
rm -rf "$to"
mkdir -p "$to/nar"
cp "$from/nix-cache-info" "$to/"
pack() {
  url=$(sed -n 's/^URL: //p' "$1")
  packed="$to/$url.$suffix"
  $command <"$from/$url" >"$packed"
  sed -e '/^FileHash: /d' -e '/^FileSize: /d' \
    -e "s/^Compression: .*/Compression: $name/" -e "s|^URL: .*|URL: $url.$suffix|" \
    -e "/^NarHash: /i FileHash: sha256:$(nix-hash --type sha256 --base32 --flat "$packed")" \
    -e "/^NarHash: /i FileSize: $(stat -c %s "$packed")" "$1" >"$to/\${1##*/}"
}
export -f pack
find "$from" -name '*.narinfo' -print0 | xargs -0 -n 8 -P "$(nproc)" bash -euc 'for one; do pack "$one"; done' pack
`;

async function makePackedCache(
  compression: PackedCompression,
  toplevel: string,
  progress: Progress,
): Promise<string> {
  const { suffix, command } = packers[compression];
  const directory = join(places.products, "large-cache", compression);
  const recipe = JSON.stringify([toplevel, command, packScript, await signingKey()]);
  if (await isCurrent(directory, recipe)) return directory;
  const contents = { name: "large-cache", compression: "none", toplevels: [toplevel] } as const;
  await makeCache({ ...contents, origin: "builder" }, progress);
  progress(`large-cache: packing with ${command}`);
  const [from, unfinished] = ["none", `${compression}.unfinished`].map(
    (name) => `/products/large-cache/${name}`,
  );
  const script = ["bash", "-euo", "pipefail", "-c", packScript, "pack"];
  await enterBuilder([...script, from ?? "", unfinished ?? "", compression, suffix, command]);
  if (await exists(directory)) await rm(directory, { recursive: true });
  await markCurrent(`${directory}.unfinished`, recipe);
  await rename(`${directory}.unfinished`, directory);
  return directory;
}

/**
 * Builds the large system, once; minutes and 3 GB, so that only what needs it asks for it.
 *
 * @throws Error as {@link systemFixture} does.
 */
export async function largeSystem(progress: Progress = () => {}): Promise<LargeSystem> {
  await systemFixture(progress);
  return withLock(places.lock, async () => {
    progress("large system: building with Nix");
    const build = [
      "nix-build",
      "--no-out-link",
      "--log-lines",
      "25",
      "/fixture/nix",
      "-A",
      "large",
    ];
    const toplevel = (await enterBuilder(build)).trim();
    return {
      toplevel,
      cache: {
        zstd: await makePackedCache("zstd", toplevel, progress),
        xz: await makePackedCache("xz", toplevel, progress),
      },
    };
  });
}
