import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/** The folder, inside the checkout and ignored by git, that holds everything tests and the demo make. */
export const buildDirectory = join(import.meta.dir, "..", "..", "build");

/** Every scratch directory that this process has made, removed or not: what lies below one of them is its own. */
export const ownScratchDirectories: string[] = [];

/**
 * A fresh directory under `build/scratch` that is removed when the returned value is disposed, also when the test fails.
 *
 * @example
 * ```ts
 * await using scratch = await scratchDirectory("nar");
 * await Bun.write(join(scratch.path, "file"), "text");
 * ```
 */
export async function scratchDirectory(
  name: string,
): Promise<{ readonly path: string } & AsyncDisposable> {
  const parent = join(buildDirectory, "scratch");
  await mkdir(parent, { recursive: true });
  const path = await mkdtemp(join(parent, `${name}-`));
  ownScratchDirectories.push(path);
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
