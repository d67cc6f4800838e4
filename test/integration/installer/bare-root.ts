import { chmod, copyFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { stepPrograms } from "../../../src/plan/programs.ts";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

/** Copies a program and the shared libraries that ldd(1) lists for it to the same places below a root. */
async function copyProgram(path: string, root: string, target = path): Promise<void> {
  const copy = async (source: string, destination: string) => {
    await mkdir(dirname(join(root, destination)), { recursive: true });
    await copyFile(source, join(root, destination));
  };
  await copy(path, target);
  const { stdout } = Bun.spawnSync(["ldd", path]);
  for (const [library] of stdout.toString().matchAll(/\/\S+(?=(?: \(0x|$))/gm)) {
    await copy(library, library);
  }
}

/** A root directory with the installer, the C library, and the programs its steps run: nothing else. */
export interface BareRoot extends AsyncDisposable {
  readonly path: string;
  /**
   * Runs the installer in it with an empty environment. `/proc`, `/sys` and `/dev` are mounted for the time of the
   * run, in a mount namespace that goes with it.
   */
  readonly run: (
    argv: readonly string[],
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** Makes a {@link BareRoot}; `dist/installer` must have been built. */
export async function bareRoot(): Promise<BareRoot> {
  const scratch = await scratchDirectory("bare-root");
  const root = scratch.path;
  await chmod(root, 0o755);
  await copyProgram(installer, root, "/installer");
  for (const program of stepPrograms) {
    const path = Bun.which(program, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" });
    if (path !== null) await copyProgram(path, root, join("/usr/bin", basename(path)));
  }
  for (const directory of ["proc", "sys", "dev", "tmp", "mnt"]) await mkdir(join(root, directory));
  const script = `
    mount --make-rprivate /
    for name in proc sys dev; do mount --rbind /$name "$0/$name"; done
    exec env -i "$(command -v chroot)" "$0" /installer "$@"`;
  return {
    path: root,
    run: async (argv) => {
      const child = Bun.spawn(["unshare", "--mount", "sh", "-euc", script, root, ...argv], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      return await outcomeOf(child);
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}
