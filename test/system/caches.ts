import { exists, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { enterBuilder } from "./builder.ts";
import { places } from "./paths.ts";
import { type Progress, run } from "./run.ts";
import { isCurrent, markCurrent } from "./stamp.ts";

/** Compressions the caches come in. */
const compressions = ["zstd", "xz", "none"] as const;

/** A compression of NARs, as `nix copy` names it. */
export type Compression = (typeof compressions)[number];

const keyName = "landfall-fixture-1";
const secretKeyFile = "key.secret";

/** Makes the key that signs the caches, once, and gives its public half, `name:base64`. */
export async function signingKey(): Promise<string> {
  const publicKey = join(places.products, "key.public");
  if (!(await exists(publicKey))) {
    const files = [`/products/${secretKeyFile}`, "/products/key.unfinished"];
    await enterBuilder(["nix-store", "--generate-binary-cache-key", keyName, ...files]);
    await rename(join(places.products, "key.unfinished"), publicKey);
  }
  return (await readFile(publicKey, "utf8")).trim();
}

/** The store URL of a cache: the fastest level of a compression that can be told one, and signatures. */
function cacheUrl(compression: Compression, products: string, directory: string): string {
  const settings = new URLSearchParams({
    compression,
    "secret-key": join(products, secretKeyFile),
  });
  if (compression !== "none") {
    settings.set("compression-level", compression === "xz" ? "0" : "1");
    settings.set("parallel-compression", "true");
  }
  return `file://${join(products, directory)}?${settings.toString()}`;
}

/** Whose Nix and store a cache is made from. */
export type Origin = "builder" | "host";

/** What a cache is made of. */
interface CacheContents {
  /** Of its folder, with others of other compressions. */
  readonly name: string;
  readonly compression: Compression;
  /** Whose closures it has. */
  readonly toplevels: readonly string[];
  readonly origin: Origin;
}

/**
 * Copies closures to a signed binary cache with `nix copy`, unless it is there already, and gives its directory. The
 * directory is complete or absent.
 */
export async function makeCache(
  { name, compression, toplevels, origin }: CacheContents,
  progress: Progress,
): Promise<string> {
  const directory = join(places.products, name, compression);
  const recipe = JSON.stringify([compression, toplevels, await signingKey()]);
  if (await isCurrent(directory, recipe)) return directory;
  progress(`${name}: copying the closures, compression ${compression}`);
  const unfinished = `${name}/${compression}.unfinished`;
  await rm(join(places.products, unfinished), { recursive: true, force: true });
  await mkdir(join(places.products, name), { recursive: true });
  const copy = ["nix", "--extra-experimental-features", "nix-command", "copy", "--to"];
  if (origin === "builder") {
    await enterBuilder([...copy, cacheUrl(compression, "/products", unfinished), ...toplevels]);
  } else {
    const url = cacheUrl(compression, places.products, unfinished);
    await run("nix copy of LANDFALL_TOPLEVEL", [...copy, url, ...toplevels]);
  }
  if (await exists(directory)) await rm(directory, { recursive: true });
  await markCurrent(join(places.products, unfinished), recipe);
  await rename(join(places.products, unfinished), directory);
  return directory;
}
