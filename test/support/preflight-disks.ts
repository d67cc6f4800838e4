import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { deterministicUuid } from "../../src/disk/identifiers.ts";
import { exec } from "../../src/run/command.ts";
import { MiB } from "../../src/values/size.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";
import { scratchDirectory } from "./scratch.ts";

/** `[system] seed` of the manifests that are tried: what they make has identifiers that are known beforehand. */
export const preflightSeed = "preflight";

/** What is on a disk before anything is installed, each on disks of its own. */
interface PreflightDiskKind {
  /** Bytes, of each of its disks. */
  readonly size: number;
  /** Bytes; 512 unless given. */
  readonly sectorSize?: number;
  /** Fills the disks, in the order of their names. */
  readonly fill: (disks: readonly LoopDisk[]) => Promise<void>;
}

/** A file system with a file, on the whole disk. */
function precious(...options: readonly string[]): PreflightDiskKind["fill"] {
  return async (disks) => {
    await using scratch = await scratchDirectory("precious");
    await mkdir(join(scratch.path, "files"));
    await Bun.write(join(scratch.path, "files/nix.tar.xz"), "precious");
    for (const { path } of disks) {
      const argv = ["mkfs.ext4", "-q", "-L", "precious", "-d", join(scratch.path, "files")];
      await exec([...argv, ...options, path]);
    }
  };
}

/** Two partitions: home with a file system, and one with nothing. */
async function partitionDisk([disk]: readonly LoopDisk[]): Promise<void> {
  if (disk === undefined) return;
  const { path } = disk;
  const table = "label: gpt\nsize=16MiB, name=home\nsize=15MiB, name=empty\n";
  // This kernel reads no tables of loop devices: partx tells it.
  await exec(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path], { input: table });
  await exec(["partx", "--add", path]);
  await exec(["mkfs.ext4", "-q", "-L", "home", `${path}p1`]);
}

/** A volume group over all disks; no volume of it is made, which would take the kernel's device-mapper. */
async function makeGroup(disks: readonly LoopDisk[]): Promise<void> {
  const paths = disks.map(({ path }) => path);
  const argv = ["vgcreate", "--yes", "--driverloaded", "n", "--devices", paths.join(",")];
  await exec([...argv, "vault", ...paths]);
}

/** LUKS that nobody opens. */
async function encrypt([disk]: readonly LoopDisk[]): Promise<void> {
  if (disk === undefined) return;
  const derivation = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"];
  await exec(["cryptsetup", "luksFormat", "--batch-mode", ...derivation, disk.path, "-"], {
    input: "a passphrase",
  });
}

/**
 * The disks of a machine on which nothing is to be installed by mistake. What it runs from is none of them.
 *
 * - `main`, `second`, `foreign`: a file system each, of one label, with a file `nix.tar.xz`.
 * - `twin`: a file system of the UUID that the root gets by {@link preflightSeed}.
 * - `table`: partitions `home` and `empty`.
 * - `sectors`: nothing, in sectors of 4096 bytes.
 * - `closed`: LUKS.
 * - `member`, `partner`: a volume group `vault`.
 */
const kinds: Readonly<Record<string, PreflightDiskKind>> = {
  main: { size: 96 * MiB, fill: precious() },
  "second foreign": { size: 8 * MiB, fill: precious() },
  twin: {
    size: 4 * MiB,
    fill: precious("-U", deterministicUuid(preflightSeed, "filesystem./")),
  },
  table: { size: 34 * MiB, fill: partitionDisk },
  sectors: { size: 8 * MiB, sectorSize: 4096, fill: () => Promise.resolve() },
  closed: { size: 17 * MiB, fill: encrypt },
  "member partner": { size: 8 * MiB, fill: makeGroup },
};

/** The disks of the machine that are tried, with what each had on it. */
interface PreflightDisks extends AsyncDisposable {
  readonly disks: ReadonlyMap<string, LoopDisk>;
  /** Whether every byte of every disk is what it was. */
  areUntouched(): Promise<boolean>;
  /** Takes back that the kernel lets nobody write to a disk, which no namespace ends, and no detaching either. */
  makeWritable(): Promise<void>;
}

async function makeWritable(disks: ReadonlyMap<string, LoopDisk>): Promise<void> {
  await exec(["blockdev", "--setrw", ...[...disks.values()].map(({ path }) => path)]);
}

async function hashes(disks: ReadonlyMap<string, LoopDisk>): Promise<string> {
  const all = await Promise.all([...disks.values()].map(async (disk) => await disk.hash()));
  return all.join(" ");
}

/** Attaches the disks of a machine, and fills them. */
export async function preflightDisks(): Promise<PreflightDisks> {
  await using stack = new AsyncDisposableStack();
  const disks = new Map<string, LoopDisk>();
  for (const [names, { size, sectorSize, fill }] of Object.entries(kinds)) {
    const made: LoopDisk[] = [];
    for (const name of names.split(" ")) {
      const disk = stack.use(await loopDisk(size, sectorSize));
      made.push(disk);
      disks.set(name, disk);
    }
    await fill(made);
  }
  stack.defer(() => makeWritable(disks));
  const before = await hashes(disks);
  const held = stack.move();
  return {
    disks,
    areUntouched: async () => (await hashes(disks)) === before,
    makeWritable: () => makeWritable(disks),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
