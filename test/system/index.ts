import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { enterBuilder, makeBuilder } from "./builder.ts";
import { type Compression, makeCache, type Origin, signingKey } from "./caches.ts";
import { type LayoutName, layoutNames } from "./layouts.ts";
import { withLock } from "./lock.ts";
import { indexPackages } from "./packages.ts";
import { places, sourceDirectory } from "./paths.ts";
import { type Progress, run } from "./run.ts";
import { digest } from "./stamp.ts";
import { makeTarballs } from "./tarballs.ts";

/** The systems that are built: systemd-boot on UEFI, GRUB on BIOS. */
type Variant = "uefi" | "bios";

/** A system to install, in binary caches, with the portable stores to install it with. */
export interface SystemFixture {
  /** Store path of a variant's toplevel, for example `/nix/store/…-nixos-system-landfall-uefi-24.11.landfall`. */
  readonly toplevel: Readonly<Record<Variant, string>>;
  /** Directory of the signed binary cache for a compression, ready to be served over HTTP. */
  readonly cache: Readonly<Record<Compression, string>>;
  /** Store path of a small toplevel for each layout of disks; `nix/layouts/NAME.nix` says what it needs. */
  readonly layouts: Readonly<Record<LayoutName, string>>;
  /** Directory of the signed binary cache of all {@link layouts}, compressed with zstd. */
  readonly layoutCache: string;
  /** The key that signed the caches, `name:base64`. */
  readonly publicKey: string;
  /** Portable store in the layout of the Nix project's tarballs, `nix-VERSION-x86_64-linux.tar.xz`. */
  readonly nixTarball: string;
  /** Portable store as a plain tree: `nix/store` and `nix/var/nix/db`, tar with zstd. */
  readonly treeTarball: string;
  /** Root tree with real Nix whose store holds the closures. */
  readonly builderRoot: string;
  /**
   * Runs a command of real Nix with the store that holds the closures, and gives its standard output.
   *
   * @example
   * ```ts
   * const closure = (await fixture.nix(["nix-store", "-qR", fixture.toplevel.uefi])).trim().split("\n");
   * ```
   */
  readonly nix: (argv: readonly string[]) => Promise<string>;
  /** The password of root on the console of the installed system. */
  readonly password: string;
}

/** What a build leaves to be read by the next process. */
type Products = Omit<SystemFixture, "nix" | "builderRoot" | "password">;

const hostToplevel = process.env.LANDFALL_TOPLEVEL;
const password = process.env.LANDFALL_PASSWORD ?? "landfall";
const origin: Origin = hostToplevel === undefined ? "builder" : "host";

/** Everything the fixture is made from: these sources, and what the environment says. */
async function recipeOfAll(): Promise<string> {
  const files = await readdir(sourceDirectory, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = paths.toSorted().map(async (path) => `${path}\n${await Bun.file(path).text()}`);
  return digest(hostToplevel ?? "", ...(await Promise.all(contents)));
}

/** Leaves out the lines in which Nix names each of hundreds of derivations, but for how many they are. */
function withoutDerivations(progress: Progress): Progress {
  return (line) => {
    if (!/\.drv'?(?:\.\.\.)?$/.test(line)) progress(line);
  };
}

/** What Nix builds of `nix/default.nix`: attributes there -> store paths here. */
async function buildAttributes(
  attributes: readonly string[],
  progress: Progress,
): Promise<readonly string[]> {
  const selection = attributes.flatMap((name) => ["-A", name]);
  const output = await enterBuilder(
    ["nix-build", "--no-out-link", "--log-lines", "25", "/fixture/nix", ...selection],
    withoutDerivations(progress),
  );
  const paths = output.trim().split("\n");
  if (paths.length !== attributes.length) throw new Error("nix-build did not name its results");
  return paths;
}

async function buildLayouts(
  progress: Progress,
): Promise<Pick<Products, "layouts" | "layoutCache">> {
  progress("layouts: building with Nix");
  const attributes = layoutNames.map((name) => `layouts.${name}`);
  const toplevels = await buildAttributes(attributes, progress);
  const layouts = Object.fromEntries(
    layoutNames.map((name, index) => [name, toplevels[index]]),
  ) as Record<LayoutName, string>;
  const contents = { name: "layout-cache", compression: "zstd", toplevels } as const;
  return { layouts, layoutCache: await makeCache({ ...contents, origin: "builder" }, progress) };
}

async function build(progress: Progress): Promise<Products> {
  await makeBuilder(progress);
  await indexPackages(progress);
  progress("systems: building with Nix");
  const attributes = ["uefi", "bios", "nix", "cacert"];
  const [uefi = "", bios = "", portableNix = "", cacert = ""] = await buildAttributes(
    attributes,
    progress,
  );
  const toplevel = { uefi: hostToplevel ?? uefi, bios: hostToplevel ?? bios };
  const toplevels = [...new Set(Object.values(toplevel))];
  const name = origin === "builder" ? "cache" : "host-cache";
  const cacheOf = (compression: Compression) =>
    makeCache({ name, compression, toplevels, origin }, progress);
  const cache = {
    zstd: await cacheOf("zstd"),
    xz: await cacheOf("xz"),
    none: await cacheOf("none"),
  };
  const tarballs = await makeTarballs(portableNix, cacert, progress);
  return {
    toplevel,
    cache,
    ...(await buildLayouts(progress)),
    publicKey: await signingKey(),
    nixTarball: tarballs.official,
    treeTarball: tarballs.tree,
  };
}

function nix(argv: readonly string[]): Promise<string> {
  return origin === "builder" ? enterBuilder(argv) : run(`${argv[0]} on the host`, argv);
}

/**
 * Gives the fixture; the first call builds it (minutes), later ones find it. Several processes may call at once.
 *
 * `LANDFALL_TOPLEVEL=/nix/store/…` in the environment puts a real NixOS closure in the place of both variants: the caches
 * are then copied from the host's store with the host's Nix. It must find its file systems by the labels `nixos`, `ESP` and
 * `swap`, and let root log in on the serial console with the password in `LANDFALL_PASSWORD`.
 *
 * @throws Error when something cannot be built, with the name of the derivation and the last lines of its log.
 */
export async function systemFixture(progress: Progress = () => {}): Promise<SystemFixture> {
  const recipe = await recipeOfAll();
  const record = Bun.file(join(places.products, `fixture-${origin}.json`));
  const recorded = async (): Promise<Products | undefined> => {
    if (!(await record.exists())) return undefined;
    const content: { recipe: string; products: Products } = await record.json();
    return content.recipe === recipe ? content.products : undefined;
  };
  const products =
    (await recorded()) ??
    (await withLock(places.lock, async () => {
      const built = (await recorded()) ?? (await build(progress));
      await record.write(JSON.stringify({ recipe, products: built }));
      return built;
    }));
  return { ...products, nix, builderRoot: places.builder, password };
}
