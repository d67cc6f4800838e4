import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { lines, spawnBound } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** How a script in the chroot ended. */
export interface Ended {
  readonly exitCode: number;
  /** What it printed, standard error included. */
  readonly output: string;
}

/**
 * In a mount namespace of its own: the store read-only, /proc and /sys as they are, and a /dev with the few nodes the
 * scripts use, so that activation cannot remount the test machine's own.
 */
const enterScript = `
root=$1 store=$2 script=$3
mount --bind "$root" "$root"
mount --bind -o ro "$store" "$root/nix/store"
mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance devpts "$root/dev/pts"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
exec env -i "$(command -v chroot)" "$root" $BASH_IN_STORE -c "$script"
`;

/** A root directory for a toplevel, as an installer leaves it before activation. */
export class Chroot implements AsyncDisposable {
  readonly path: string;
  readonly #toplevel: string;
  readonly #store: string;
  readonly #scratch: AsyncDisposable;

  private constructor(
    scratch: AsyncDisposable & { readonly path: string },
    toplevel: string,
    store: string,
  ) {
    this.path = scratch.path;
    this.#toplevel = toplevel;
    this.#store = store;
    this.#scratch = scratch;
  }

  /** Makes one with the store of a builder root. */
  static async make(builderRoot: string, toplevel: string): Promise<Chroot> {
    const scratch = await scratchDirectory("chroot");
    for (const directory of [
      "dev",
      "etc",
      "nix/store",
      "nix/var/nix/profiles",
      "proc",
      "sys",
      "tmp",
    ]) {
      await mkdir(join(scratch.path, directory), { recursive: true });
    }
    return new Chroot(scratch, toplevel, join(builderRoot, "nix/store"));
  }

  /** Runs a bash script in it, with `$toplevel` set and the toplevel's programs in PATH. Mounts end with the script. */
  async run(script: string): Promise<Ended> {
    const bash = `${this.#toplevel}/sw/bin/bash`;
    const prelude = `exec 2>&1; toplevel=${this.#toplevel} PATH=${this.#toplevel}/sw/bin; export toplevel PATH`;
    const enter = enterScript.replace("$BASH_IN_STORE", bash);
    const shell = ["unshare", "--mount", "--propagation=private", "sh", "-euc", enter, "enter"];
    const child = spawnBound(
      [...shell, this.path, this.#store, `${prelude}\n${script}`],
      this.path,
    );
    const output: string[] = [];
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      for await (const line of lines(stream)) output.push(line);
    };
    await Promise.all([collect(child.stdout), collect(child.stderr)]);
    return { exitCode: await child.exited, output: output.join("\n") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}
