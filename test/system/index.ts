import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { enterBuilder, makeBuilder } from "./builder.ts";
import { type Compression, makeCache, type Origin, signingKey } from "./caches.ts";
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

async function buildVariants(progress: Progress): Promise<readonly string[]> {
  progress("systems: building with Nix");
  const attributes = ["uefi", "bios", "nix", "cacert"].flatMap((name) => ["-A", name]);
  const output = await enterBuilder(
    ["nix-build", "--no-out-link", "--log-lines", "25", "/fixture/nix", ...attributes],
    progress,
  );
  return output.trim().split("\n");
}

async function build(progress: Progress): Promise<Products> {
  await makeBuilder(progress);
  await indexPackages(progress);
  const [uefi, bios, portableNix, cacert] = await buildVariants(progress);
  if (!uefi || !bios || !portableNix || !cacert)
    throw new Error("nix-build did not name its results");
  const toplevel = { uefi: hostToplevel ?? uefi, bios: hostToplevel ?? bios };
  const roots = [...new Set(Object.values(toplevel))];
  const cache = {
    zstd: await makeCache("zstd", roots, origin, progress),
    xz: await makeCache("xz", roots, origin, progress),
    none: await makeCache("none", roots, origin, progress),
  };
  const tarballs = await makeTarballs(portableNix, cacert, progress);
  return {
    toplevel,
    cache,
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
