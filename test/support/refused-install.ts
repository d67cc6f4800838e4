import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { findingKinds } from "../../src/findings/catalogue.ts";
import { exec } from "../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";
import { outcomeOf } from "./process.ts";
import { scratchDirectory } from "./scratch.ts";

const main = join(import.meta.dir, "..", "..", "src", "main.ts");

/** The live system on which the installer is tried. */
export interface LiveOptions {
  /** The firmware that the installer sees; this machine has none, so a BIOS unless given. */
  readonly uefiBits?: 32 | 64;
  /** Whether uname(2) tells of a Linux 2.6, as setarch(8) has it. */
  readonly isOldKernel?: boolean;
}

/** What came of an installer. */
interface PreflightRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The errors by which it was refused, sorted. */
  readonly errors: readonly string[];
  /** Whether every byte of every disk is what it was. */
  readonly isUntouched: boolean;
}

/** Disks that hold something, and may be wiped: `/dev/disk/by-id/landfall-NAME`. */
export interface PreflightMachine extends AsyncDisposable {
  /** Runs `installer` with arguments behind `--manifest FILE --root DIR`. */
  run(command: "install" | "plan", manifest: string, options?: LiveOptions): Promise<PreflightRun>;
}

/**
 * What the installer is started in: links to the disks, of this process's own, and the files by which firmware is told.
 * Other disks, which belong to this machine and to other tests, are out of sight.
 */
const script = `
  mount --make-rprivate /
  mkdir -p /dev/disk
  mount -t tmpfs tmpfs /dev/disk
  mkdir /dev/disk/by-id
  mount -t tmpfs tmpfs /sys/block
  for pair in $DISKS; do
    name=\${pair%%=*} device=\${pair#*=}
    ln -s "$device" "/dev/disk/by-id/landfall-$name"
    ln -s "../devices/virtual/block/\${device#/dev/}" /sys/block/
  done
  mount -t tmpfs tmpfs /sys/firmware
  if [ -n "$UEFI" ]; then
    mkdir -p /sys/firmware/efi/efivars
    echo "$UEFI" > /sys/firmware/efi/fw_platform_size
  fi
  exec setpriv --pdeathsig KILL "$@"`;

function errorsIn(text: string): string[] {
  const kinds = Object.entries(findingKinds);
  const named = new Set(text.match(/preflight\/[a-z0-9-]+/g));
  return kinds
    .filter(([id, { severity }]) => severity === "error" && named.has(id))
    .map(([id]) => id.replace("preflight/", ""))
    .toSorted();
}

async function fillDisk(disk: LoopDisk): Promise<void> {
  await exec(["mkfs.ext4", "-q", "-L", "precious", disk.path]);
}

/**
 * Attaches disks with a file system on each.
 *
 * @param sizes Bytes, by name.
 */
export async function preflightMachine(
  sizes: Readonly<Record<string, number>>,
): Promise<PreflightMachine> {
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await scratchDirectory("preflight"));
  // The installer mounts below it, and wants others to be able to look there.
  await chmod(scratch.path, 0o755);
  const disks: [name: string, disk: LoopDisk, hash: string][] = [];
  for (const [name, size] of Object.entries(sizes)) {
    const disk = stack.use(await loopDisk(size));
    await fillDisk(disk);
    disks.push([name, disk, await disk.hash()]);
  }
  const links = disks.map(([name, { path }]) => `${name}=${path}`).join(" ");
  const held = stack.move();
  return {
    run: async (command, manifest, { uefiBits, isOldKernel = false } = {}) => {
      const file = join(scratch.path, "host.toml");
      await Bun.write(file, manifest);
      const log = ["--log-file", join(scratch.path, "log"), "--log-format", "plain"];
      const argv = [
        ...(isOldKernel ? ["setarch", "--uname-2.6"] : []),
        process.execPath,
        main,
        ...(command === "plan" ? ["plan"] : []),
        "--manifest",
        file,
        "--root",
        join(scratch.path, "root"),
        ...(command === "plan" ? [] : log),
      ];
      const child = Bun.spawn(["unshare", "--mount", "sh", "-euc", script, "sh", ...argv], {
        env: { PATH: process.env.PATH ?? "", DISKS: links, UEFI: String(uefiBits ?? "") },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const { stdout, stderr, exitCode } = await outcomeOf(child);
      const hashes = await Promise.all(disks.map(async ([, disk]) => await disk.hash()));
      const isUntouched = disks.every(([, , before], index) => before === hashes[index]);
      return { exitCode, stdout, stderr, errors: errorsIn(stderr), isUntouched };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
