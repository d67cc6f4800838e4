import { expect } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { buildDirectory } from "../../support/scratch.ts";
import type { LoopMachine } from "./loop-machine.ts";

/** What there is on the disk of an installed system: the same after every install of the same manifest. */
export interface Installed {
  /** Table, partitions and file systems, with their identifiers. */
  readonly disk: string;
  /**
   * Type, mode, owner, path and target of every file but logs, those of the store, which Nix compares, and those that a
   * program of the system that was killed has left in its `/tmp`.
   */
  readonly files: string;
}

/** Mounts the root file system where nobody else sees it, and says what is in there; real Nix compares the store. */
const inspect = `
mount "$1" "$2"
cd "$2"
test -s boot/grub/grub.cfg
test -s boot/grub/i386-pc/core.img
nix-store --store "$2" --verify --check-contents >&2
cat nix/var/landfall/installed.json
echo
ls nix/var/nix/profiles
echo
find . -path ./nix/store -prune -o -path ./var/log -prune -o -path './tmp/*' -prune -o -printf '%y %m %U:%G %p %l\\n' | LC_ALL=C sort
`;

/** What this process's children and their mount namespaces hold of the machine. */
async function processesOf({ directory, disk }: LoopMachine): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) => readFile(join("/proc", name, file), "utf8").catch(() => "");
    const mounts = await read("mountinfo");
    if (!mounts.includes(directory) && !mounts.includes(`${disk.path}p`)) continue;
    found.push(`${name} ${(await read("cmdline")).replaceAll("\0", " ").trim()}`);
  }
  return found;
}

/** Asserts that nothing runs, is mounted, swapped to or looped for the machine any more. */
async function expectNothingLeft(machine: LoopMachine): Promise<void> {
  expect(await processesOf(machine)).toEqual([]);
  expect(await readdir(machine.temporaryDirectory)).toEqual([]);
  expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(machine.directory);
  expect(await readFile("/proc/swaps", "utf8")).not.toContain(
    machine.disk.path.slice("/dev".length),
  );
  expect((await machine.disk.facts()).holders).toEqual([]);
  expect((await exec(["losetup", "--list"])).stdout).not.toContain(machine.directory);
}

/**
 * Asserts that an install on the machine is finished and sound: the same command finds nothing to do and changes no
 * byte, the file system is clean, real Nix finds every store path as it should be, and the boot files are there.
 */
export async function expectInstalled(machine: LoopMachine, toplevel: string): Promise<Installed> {
  const { disk, directory } = machine;
  await expectNothingLeft(machine);
  const before = await disk.hash();
  const again = await machine.run();
  expect(again).toMatchObject({ killed: false, exitCode: 0 });
  expect(again.output).toContain(`nothing to do: this machine has ${toplevel}`);
  expect(await disk.hash()).toBe(before);
  await expectNothingLeft(machine);

  const root = `${disk.path}p3`;
  await exec(["fsck.ext4", "-f", "-n", root]);
  const table = (await exec(["sfdisk", "--dump", disk.path])).stdout;
  const uuids = await exec(["blkid", "--probe", "-o", "export", root, `${disk.path}p2`]);

  const target = join(directory, "installed");
  const mounted = ["unshare", "--mount", "--propagation", "private", "sh", "-euc"];
  const inspected = await exec([...mounted, `mkdir -p "$2"\n${inspect}`, "sh", root, target], {
    environment: {
      PATH: process.env.PATH ?? "",
      HOME: buildDirectory,
      NIX_CONFIG: "build-users-group =",
    },
  });
  const [mark = "", profiles = "", files = ""] = inspected.stdout.split("\n\n");
  expect(JSON.parse(mark)).toMatchObject({ version: 1, toplevel });
  expect(profiles.split("\n")).toEqual(["per-user", "system", "system-1-link"]);
  const named = `${table}${uuids.stdout.replaceAll(/^PART_ENTRY_DISK=.*\n/gm, "")}`;
  return { disk: named.replaceAll(disk.path, "DISK"), files: withoutHostPath(files, directory) };
}

/**
 * A kill behind the boot loader's beginning leaves the directories over which the target is mounted on itself then: empty
 * ones, by the name that the target has in the live system.
 */
function withoutHostPath(files: string, directory: string): string {
  const hostPath = `.${directory}/root/`;
  return files
    .split("\n")
    .filter((line) => !hostPath.startsWith(`${line.split(" ")[3]}/`))
    .join("\n");
}
