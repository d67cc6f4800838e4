import { statfsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, InstallerError } from "../../errors.ts";
import { readMemory } from "../../facts/memory.ts";
import { mount, mountFlags, unmount, unmountFlags } from "../../linux/mount.ts";
import { inOwnMountNamespace } from "../../linux/namespace.ts";
import { CommandError } from "../../run/command.ts";
import type { StepContext, StepDefinition } from "../../run/step.ts";
import { formatSize } from "../../values/size.ts";
import { diskError } from "../disk-error.ts";
import { checkCommands, fillPortableStore } from "./bootstrap.ts";
import { LiveStore } from "./live-store.ts";
import type { PortableStoreLocation } from "./location.ts";
import { portableNix, portableProgram } from "./nix.ts";
import { targetDirectory } from "./stale-store.ts";
import { tarballName } from "./tarball-source.ts";

/** Unpacks the portable store and makes it `/nix` in the installer's own mount namespace. */
export interface PortableStoreStep {
  readonly kind: "portable-store";
  readonly id: "portable-store";
  /** A path, an http(s) URL, or `-` for standard input. */
  readonly tarball: string;
  /** SHA-256 of the tarball as sha256sum prints it. */
  readonly sha256?: string;
  readonly location: PortableStoreLocation;
  /** It is in memory already: its Nix had to be there for the plan to be made. */
  readonly isUnpacked?: true;
  /** Where the target is mounted; the store is kept there if `location` is `target`. */
  readonly root: string;
  /** What the tarball must be for, such as `x86_64-linux`. */
  readonly system: string;
}

/** The part of the memory that is available now which the portable store may fill. */
const memoryShare = 0.75;

export const portableStoreStep: StepDefinition<PortableStoreStep> = {
  kind: "portable-store",
  reason: "refused",
  describe: ({ tarball, location }) => {
    const place = location === "memory" ? "in memory" : "on the target disk";
    return `Unpack the portable store from ${tarballName(tarball)} (kept ${place})`;
  },
  commands: (step) => (step.isUnpacked ? [] : checkCommands(step)),
  programs: () => [portableProgram("nix-store")],
  run: async (step, context) => {
    if (!inOwnMountNamespace()) {
      throw new InstallerError("bug", "the installer is not in a mount namespace of its own");
    }
    if (step.isUnpacked) {
      await portableNix();
      holdMemory(context);
      return;
    }
    const liveStore = new LiveStore();
    try {
      if (step.location === "memory") mountMemory(context);
      else await mountDirectory(join(step.root, targetDirectory), context);
      await fillPortableStore(step, context);
      liveStore.show(context);
    } catch (error) {
      throw isFull(error) ? noRoom(step, error) : diskProblem(step, error);
    } finally {
      liveStore.close();
    }
  },
};

function mountMemory(context: StepContext): void {
  const size = Math.floor(readMemory().available * memoryShare);
  mount(
    "landfall",
    "/nix",
    "tmpfs",
    mountFlags.noSuid | mountFlags.noDev,
    `mode=0755,size=${size}`,
  );
  holdMemory(context);
}

function holdMemory(context: StepContext): void {
  context.hold("the portable store in memory", async () => unmount("/nix", unmountFlags.detach));
}

async function mountDirectory(directory: string, context: StepContext): Promise<void> {
  // An installer that was killed may have left one.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o755 });
  context.hold(`the portable store in ${directory}`, () => rm(directory, { recursive: true }));
  mount(directory, "/nix", undefined, mountFlags.bind);
  context.hold("the portable store at /nix", async () => unmount("/nix", unmountFlags.detach));
}

/** What does not fit: the store itself, or what its Nix writes beside it. */
function isFull(error: unknown): boolean {
  if (error instanceof CommandError) return nixSaysFull.test(error.output);
  return fullCodes.has(errorCode(error));
}

const fullCodes: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT"]);

/** In the words of strerror(3) and of SQLite. */
const nixSaysFull = /No space left on device|Disk quota exceeded|database or disk is full/;

/** What goes wrong with writing, where the store is not in memory, is the disk's fault. */
function diskProblem({ location, root }: PortableStoreStep, error: unknown): unknown {
  if (location === "memory") return error;
  return diskError(error, "the portable store cannot be unpacked on the target disk", {
    object: root,
  });
}

function noRoom({ location, root }: PortableStoreStep, cause: unknown): InstallerError {
  if (location === "target") {
    const { bsize, blocks, bavail } = statfsSync(root);
    const figures = `${formatSize(bavail * bsize)} of ${formatSize(blocks * bsize)} are free`;
    const problem = `the portable store does not fit on the target disk: ${figures}`;
    return new InstallerError("disk", problem, {
      cause,
      object: "portable-store.tarball",
      hint: "Give the root file system more room.",
    });
  }
  return new InstallerError("refused", "the portable store does not fit in memory", {
    cause,
    object: "portable-store.tarball",
    hint: "Use a machine with more memory, or give the tarball by its path, so that its size is known beforehand and it can be kept on the target disk.",
  });
}
