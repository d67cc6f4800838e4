import { join } from "node:path";
import { buildDirectory } from "../support/scratch.ts";

/** The folder everything of the fixture is made in; kept between runs. */
export const fixtureDirectory = join(buildDirectory, "system");

/** The Nix expressions, the scripts and the package list; bound into the builder as `/fixture`. */
export const sourceDirectory = import.meta.dir;

/** Places in {@link fixtureDirectory}. */
export const places = {
  /** Root tree of Debian with Nix. */
  builder: join(fixtureDirectory, "builder"),
  /** Debian packages for the builder's own use, kept so that rebuilding it needs no download. */
  builderPackages: join(fixtureDirectory, "builder-debs"),
  /** Debian packages the installed system is made of; `/debs` in the builder. */
  packages: join(fixtureDirectory, "debs"),
  /** Binary caches, tarballs, the index of packages; `/products` in the builder. */
  products: join(fixtureDirectory, "products"),
  lock: join(fixtureDirectory, "lock"),
} as const;
