import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const main = join(import.meta.dir, "..", "..", "..", "src", "main.ts");

/** How the machine is another one for a run of the installer. */
interface Surroundings {
  /** Shell script run in the installer's mount namespace before it. */
  readonly before?: string;
  /** Whether it has a network namespace of its own, in which nothing is up. */
  readonly isCutOff?: boolean;
}

/** What a run of `installer` came to. */
interface Run {
  readonly exitCode: number;
  readonly stderr: string;
  /** Identifiers of the findings that were told, in their order. */
  readonly findings: readonly string[];
  /** Whether the disk is what it was, by every byte of it. */
  readonly isUntouched: boolean;
}

/** A machine with a blank disk of 256 MiB, on which nothing is to be installed. */
export interface Machine extends AsyncDisposable {
  readonly disk: LoopDisk;
  run(manifest: string, surroundings?: Surroundings): Promise<Run>;
}

/** Attaches a disk, and makes a directory for the rest. */
export async function machine(): Promise<Machine> {
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await scratchDirectory("findings"));
  await chmod(scratch.path, 0o755);
  const disk = stack.use(await loopDisk(2 ** 28));
  const hash = await disk.hash();
  const held = stack.move();
  return {
    disk,
    run: async (manifest, { before = "", isCutOff = false } = {}) => {
      const file = join(scratch.path, "host.toml");
      await Bun.write(file, manifest);
      const script = `${before}\nexec setpriv --pdeathsig KILL "$@"`;
      const unshare = ["unshare", "--mount", ...(isCutOff ? ["--net"] : [])];
      const options = [
        "--manifest",
        file,
        "--root",
        join(scratch.path, "root"),
        "--log-file",
        join(scratch.path, "log"),
      ];
      const argv = [...unshare, "sh", "-euc", script, "sh", process.execPath, main, ...options];
      const child = Bun.spawn(argv, {
        env: { PATH: process.env.PATH ?? "" },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
      });
      const [stderr, exitCode] = await Promise.all([
        new Response(child.stderr).text(),
        child.exited,
      ]);
      const findings = [...stderr.matchAll(/^ {2}finding {3}(\S+)/gm)].map(([, id = ""]) => id);
      return { exitCode, stderr, findings, isUntouched: (await disk.hash()) === hash };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** A manifest for a disk of a BIOS machine. */
export function manifestFor(device: string, substituter: string): string {
  return `version = 1
[system]
toplevel = "/nix/store/0c0kzrzhdrhvqiv5k0lxh8dkyzasj0jz-nixos-system-host-26.05"
[cache]
substituters = ["${substituter}"]
trusted-public-keys = ["cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="]
[disk.main]
device = "${device}"
partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }, { name = "root" }]
[filesystem."/"]
device = "main.root"
type = "ext4"
`;
}
