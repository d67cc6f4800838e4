import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { enterBuilder } from "./builder.ts";
import { places, sourceDirectory } from "./paths.ts";
import type { Progress } from "./run.ts";
import { digest } from "./stamp.ts";
import { type Binary, inspectUnpacked, type Script } from "./unpacked.ts";

/** What `nix/debian.nix` is told about a package. Files are named as they are in its store path. */
interface PackageEntry {
  readonly version: string;
  /** The package's file in the builder. */
  readonly deb: string;
  readonly programs: readonly string[];
  readonly libraries: readonly string[];
  readonly scripts: readonly string[];
  /** Scripts for interpreters that are not in the system. */
  readonly foreign: readonly string[];
  /** Where the libraries that its programs and libraries link are. */
  readonly runPath: readonly LibraryDirectory[];
}

interface LibraryDirectory {
  readonly package: string;
  readonly directory: string;
}

/** Fetches the packages and all they depend on, and unpacks each but the kernel below `/products/unpacked`. */
const fetchScript = `
apt-get -qq update
: > /run/empty-status
apt-get -qq -y --no-install-recommends --download-only -o Dir::State::status=/run/empty-status \\
  -o Dir::Cache::archives=/debs -o Dir::Cache::pkgcache= install "$@" >&2
apt-get -qq -y -o Dir::Cache::archives=/debs autoclean >&2
rm -rf /products/unpacked
mkdir /products/unpacked
cd /debs
for deb in *.deb; do
  case $deb in linux-image-*) continue ;; esac
  printf '%s\\0%s\\0' "$deb" "\${deb%%_*}"
done |
  xargs -0 -n 2 -P "$(nproc)" sh -ec 'dpkg-deb -x "$0" "/products/unpacked/$1"'
`;

/** The packages of `packages.txt`. */
async function packageRoots(): Promise<readonly string[]> {
  const text = await Bun.file(join(sourceDirectory, "packages.txt")).text();
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .flatMap((line) => line.split(/\s+/).filter((word) => word !== ""));
}

/** `1:2.3-4+b1` -> `2.3`, with only the characters a store path name may have. */
function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, "")
    .replace(/-[^-]*$/, "")
    .replaceAll(/[^0-9A-Za-z+._?=-]/g, "-");
}

/** The store directories that hold the libraries a package links, its own first. */
function runPath(
  own: readonly Binary[],
  providers: ReadonlyMap<string, Binary>,
): readonly LibraryDirectory[] {
  const found = new Map<string, LibraryDirectory>();
  for (const soname of own.flatMap((binary) => binary.needed)) {
    const provider = providers.get(soname);
    if (provider === undefined) {
      throw new Error(`${own[0]?.package} needs ${soname}, which no fetched package holds`);
    }
    const directory = dirname(provider.name);
    found.set(`${provider.package}/${directory}`, { package: provider.package, directory });
  }
  return [...found.values()];
}

/**
 * Packages that depend on that of the current kernel, which has its version in its name: what that is listed as, and the
 * name of its file.
 */
const kernels = new Map([
  ["linux-image-cloud-amd64", { name: "linux-cloud", file: /^linux-image-\d.*-cloud-amd64_/ }],
  ["linux-image-amd64", { name: "linux-generic", file: /^linux-image-[\d.]+-\d+-amd64_/ }],
]);

/** What is known of a package by its file name alone. */
function entryOf(deb: string): PackageEntry {
  const [, version = ""] = deb.split("_");
  return {
    version: upstreamVersion(decodeURIComponent(version)),
    deb: `/debs/${deb}`,
    programs: [],
    libraries: [],
    scripts: [],
    foreign: [],
    runPath: [],
  };
}

const shell = /^(\/usr)?\/bin\/(env +)?(ba)?sh\b/;

/** Describes the roots and every package that holds a library they link, by name. */
function describe(
  roots: readonly string[],
  debs: readonly string[],
  binaries: readonly Binary[],
  scripts: readonly Script[],
): Record<string, PackageEntry> {
  const binariesOf = Map.groupBy(binaries, (binary) => binary.package);
  const scriptsOf = Map.groupBy(scripts, (script) => script.package);
  const debOf = new Map(debs.map((deb) => [deb.split("_")[0], deb]));
  const providers = new Map<string, Binary>();
  for (const binary of binaries) {
    if (binary.soname !== undefined) providers.set(binary.soname, binary);
  }
  const entries: Record<string, PackageEntry> = {};
  const add = (name: string) => {
    if (entries[name] !== undefined) return;
    const deb = debOf.get(name);
    if (deb === undefined) throw new Error(`apt fetched no package ${name}`);
    // glibc is its own loader and must stay as it is.
    const own = name === "libc6" ? [] : (binariesOf.get(name) ?? []);
    const ownScripts = scriptsOf.get(name) ?? [];
    const entry: PackageEntry = {
      ...entryOf(deb),
      programs: own.filter((binary) => binary.interpreted).map((binary) => binary.name),
      libraries: own
        .filter((binary) => !binary.interpreted && binary.needed.length > 0)
        .map((binary) => binary.name),
      scripts: ownScripts.filter((each) => shell.test(each.interpreter)).map((each) => each.name),
      foreign: ownScripts.filter((each) => !shell.test(each.interpreter)).map((each) => each.name),
      runPath: runPath(own, providers),
    };
    entries[name] = entry;
    if (entry.scripts.length > 0) add("bash");
    if (entry.programs.length > 0) add("libc6");
    for (const directory of entry.runPath) add(directory.package);
  };
  for (const root of roots) {
    const kernel = kernels.get(root);
    if (kernel === undefined) {
      add(root);
      continue;
    }
    const deb = debs.find((file) => kernel.file.test(file));
    if (deb === undefined) throw new Error(`apt fetched no kernel for ${root}`);
    entries[kernel.name] = entryOf(deb);
  }
  return entries;
}

/**
 * Fetches the Debian packages of the system and writes `products/packages.json`, the index Nix builds from, unless it
 * is there for this list of packages.
 *
 * @throws Error when apt fails, or a library is in none of the packages.
 */
export async function indexPackages(progress: Progress): Promise<void> {
  const roots = await packageRoots();
  const sources = ["packages.ts", "unpacked.ts"].map((file) =>
    Bun.file(join(sourceDirectory, file)).text(),
  );
  const recipe = digest(...roots, ...(await Promise.all(sources)));
  const index = Bun.file(join(places.products, "packages.json"));
  const stamp = Bun.file(join(places.products, "packages.recipe"));
  if ((await stamp.exists()) && (await stamp.text()) === recipe) return;
  progress(`packages: fetching ${roots.length} Debian packages and what they depend on`);
  await enterBuilder(["sh", "-euc", fetchScript, "fetch", ...roots], progress);
  progress("packages: looking for the libraries they link");
  const { binaries, scripts } = await inspectUnpacked();
  const debs = (await readdir(places.packages)).filter((name) => name.endsWith(".deb")).toSorted();
  const entries = describe(roots, debs, binaries, scripts);
  await rm(join(places.products, "unpacked"), { recursive: true });
  await index.write(JSON.stringify(entries, undefined, 1));
  await stamp.write(recipe);
  progress(`packages: ${Object.keys(entries).length} of ${debs.length} are part of the system`);
}
