import { existsSync } from "node:fs";
import { join } from "node:path";
import { mount, mountFlags } from "../linux/mount.ts";
import type { StepContext } from "../run/step.ts";
import { detachMounts } from "./detach-mounts.ts";
import { makeDirectoryInRoot } from "./root-path.ts";

const { bind, recursive, slave, noSuid, noDev, noExec } = mountFlags;

/** What a mount is made of: the arguments of mount(2). */
interface FreshMount {
  readonly path: string;
  readonly type: string;
  readonly flags: number;
  readonly data: string;
}

/*
 * Instances of the target's own, with the options its activation gives them too (nixpkgs, `boot.specialFileSystems`).
 * It remounts what it finds mounted, which must not change the live system's terminals and shared memory; and a fresh
 * `/run` holds no lock of another process and no socket of the live system's services.
 */
const freshMounts: readonly FreshMount[] = [
  { path: "/run", type: "tmpfs", flags: noSuid | noDev, data: "mode=755,size=25%" },
  { path: "/dev/shm", type: "tmpfs", flags: noSuid | noDev, data: "mode=1777,size=50%" },
  {
    path: "/dev/pts",
    type: "devpts",
    flags: noSuid | noExec,
    data: "newinstance,mode=620,ptmxmode=0666,gid=3",
  },
];

/**
 * Mounts the live system's `/proc`, `/sys` and `/dev` recursively in the target, and a `/run`, `/dev/shm` and
 * `/dev/pts` of its own. Each is held, with whatever is mounted below it later.
 *
 * @throws {InstallerError} when one of the directories is something else in the target, or mount(2) fails.
 */
export async function mountKernelFileSystems(root: string, context: StepContext): Promise<void> {
  for (const path of ["/proc", "/sys", "/dev"]) {
    await makeDirectoryInRoot(root, path, 0o755);
    const target = join(root, path);
    mount(path, target, undefined, bind | recursive);
    context.hold(`mounts at ${target}`, async () => detachMounts(target));
    // What the target mounts below must not propagate, what it unmounts must stay with the live system.
    mount(undefined, target, undefined, slave | recursive);
  }
  await makeDirectoryInRoot(root, "/run", 0o755);
  const run = join(root, "run");
  context.hold(`mounts at ${run}`, async () => detachMounts(run));
  for (const { path, type, flags, data } of freshMounts) {
    const target = join(root, path);
    // A live system with a small /dev may lack shm or pts; nothing is made in its /dev.
    if (existsSync(target)) mount(type, target, type, flags, data);
  }
}
