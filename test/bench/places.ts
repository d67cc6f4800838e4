import { join } from "node:path";
import { buildDirectory } from "../support/scratch.ts";

/** The checkout. */
export const checkout = join(import.meta.dir, "..", "..");

/** The folder everything of the benchmark is made in; kept between runs. */
const benchDirectory = join(buildDirectory, "bench");

/** Places in {@link benchDirectory}. */
export const places = {
  /** Closures with the caches and archives made of them, by name. */
  closures: join(benchDirectory, "closures"),
  /** Root trees of Debian suites that hold Nix and nothing else, by suite. */
  peers: join(benchDirectory, "peers"),
  /** The key that signs the caches. */
  key: join(benchDirectory, "key"),
  /** Files that the disks of targets are made of. */
  images: join(benchDirectory, "images"),
  /** Results as JSON, one file a run. */
  results: join(benchDirectory, "results"),
  lock: join(benchDirectory, "lock"),
} as const;

/** The binary that is measured. */
export const installerBinary = join(checkout, "dist", "installer");
