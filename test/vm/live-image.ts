import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { lines, spawnBound } from "../support/process.ts";
import { buildDirectory } from "../support/scratch.ts";

/** The files a live system boots from. */
export interface LiveImage {
  /** Debian's general kernel: its cloud kernel has no f2fs, AHCI and USB. */
  readonly kernel: string;
  /** A cpio archive that mounts the root image. */
  readonly initrd: string;
  /** The root file system, erofs. */
  readonly root: string;
}

const sources = join(import.meta.dir, "image");
const images = join(buildDirectory, "vm", ".image");

/**
 * The live system's image: built from Debian packages the first time (under a minute), taken from `build/` until its
 * sources change. Two processes that ask at once get the same one.
 *
 * @param progress Called with each line that says what the build does.
 * @throws Error with the build's last lines.
 */
export async function liveImage(progress?: (line: string) => void): Promise<LiveImage> {
  const directory = join(images, await hashOfSources());
  await mkdir(images, { recursive: true });
  const lock = join(images, "lock");
  // What the build mounts is gone with its mount namespace, however it ends.
  const argv = ["flock", lock, "unshare", "--mount", join(sources, "build"), directory];
  await build(argv, progress);
  await removeOthers(directory);
  return {
    kernel: join(directory, "kernel"),
    initrd: join(directory, "initrd"),
    root: join(directory, "root.erofs"),
  };
}

async function hashOfSources(): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const name of (await readdir(sources)).toSorted()) {
    hasher.update(`${name}\0${await Bun.file(join(sources, name)).text()}\0`);
  }
  return hasher.digest("hex").slice(0, 16);
}

async function build(
  argv: readonly string[],
  progress: ((line: string) => void) | undefined,
): Promise<void> {
  const child = spawnBound(argv, images);
  const output: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of lines(stream)) {
      output.push(line);
      progress?.(line);
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  const exitCode = await child.exited;
  if (exitCode !== 0) {
    const last = output.slice(-20).join("\n");
    throw new Error(`the live image could not be built (exit code ${exitCode}):\n${last}`);
  }
}

/** Images of earlier sources; a machine that runs from one keeps its open file. */
async function removeOthers(current: string): Promise<void> {
  for (const name of await readdir(images)) {
    const path = join(images, name);
    if (name !== "lock" && path !== current && !name.endsWith(".partial")) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
