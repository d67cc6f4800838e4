import { lstat, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";
import { parseStorePath } from "../nix/store-path.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { linkName, newestGeneration, profiles } from "./profile-generations.ts";
import { linkTarget, makeDirectoryInRoot } from "./root-path.ts";

/** Makes the toplevel the newest generation of the target's system profile. */
export interface ProfileStep extends StepData {
  readonly kind: "profile";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  /** What this machine runs, as Nix writes it: `x86_64-linux`. */
  readonly system: string;
}

const garbageCollectorRoots = "/nix/var/nix/gcroots";

/**
 * What `nix-env --profile /nix/var/nix/profiles/system --set TOPLEVEL` does (Nix, `src/libstore/profiles.cc`):
 * `system-N-link` leads to the logical store path and `system`, relative, to `system-N-link`. A run that finds the
 * toplevel as the newest generation keeps it.
 */
export const profileStep: StepDefinition<ProfileStep> = {
  kind: "profile",
  reason: "system",
  describe: ({ toplevel }) => `Set the system profile to ${parseStorePath(toplevel).name}`,
  commands: () => [],
  run: async ({ root, toplevel, system }, context) => {
    await requireToplevel(root, toplevel);
    await requireSystem(root, toplevel, system);
    await makeDirectoryInRoot(root, profiles, 0o755);
    await makeDirectoryInRoot(root, garbageCollectorRoots, 0o755);
    // Nix makes this link only together with the directory, and a collector that misses it deletes the system.
    await replaceLink(profiles, join(root, garbageCollectorRoots, "profiles"));

    const directory = join(root, profiles);
    const newest = newestGeneration(await readdir(directory));
    const keep =
      newest !== undefined && (await linkTarget(join(directory, linkName(newest)))) === toplevel;
    const generation = keep ? newest : (newest ?? 0) + 1;
    if (!keep) await replaceLink(toplevel, join(directory, linkName(generation)));
    await replaceLink(linkName(generation), join(directory, "system"));
    context.log("debug", `system profile: generation ${generation} is ${toplevel}`);
  },
};

async function requireToplevel(root: string, toplevel: string): Promise<void> {
  try {
    if ((await lstat(join(root, toplevel))).isDirectory()) return;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  throw new InstallerError("system", `${toplevel} is not in the store below ${root}`, {
    object: toplevel,
  });
}

/** A system says in its file `system` what it runs on; its programs would fail one by one elsewhere. */
async function requireSystem(root: string, toplevel: string, system: string): Promise<void> {
  const file = Bun.file(join(root, toplevel, "system"));
  const built = (await file.exists()) ? (await file.text()).trim() : system;
  if (built === system) return;
  throw new InstallerError(
    "system",
    `the system is built for ${built}, this machine is ${system}`,
    {
      object: toplevel,
      hint: "Build the system for this machine, and name that one in [system] toplevel.",
    },
  );
}

/** Puts a link in place in one rename(2); one that is right already keeps its time. */
async function replaceLink(target: string, path: string): Promise<void> {
  if ((await linkTarget(path)) === target) return;
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}
