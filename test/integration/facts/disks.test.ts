import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { judgeDisks } from "../../../src/disk/safety/judge.ts";
import type { Facts } from "../../../src/facts/facts.ts";
import { gatherFacts } from "../../../src/facts/gather.ts";
import { refusalError } from "../../../src/findings/refusal-error.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

/** The refusal that a manifest gets which names this disk. */
function refusal(facts: Facts, device: string): string {
  const table = { device, wipe: false, partition: [{ name: "root", type: "linux" as const }] };
  return refusalError(judgeDisks({ main: table }, facts))?.message ?? "accepted";
}

test("facts show a blank disk with its sizes", async () => {
  await using disk = await loopDisk(64 * MiB, 4096);
  const facts = await gatherFacts({ tools: ["sfdisk", "no-such-program"] });
  const found = facts.disks.find(({ path }) => path === disk.path);
  expect(found).toMatchObject({
    size: 64 * MiB,
    logicalSectorSize: 4096,
    readOnly: false,
    removable: false,
    partitions: [],
    holders: [],
    signatures: [],
  });
  expect(Object.keys(facts.tools)).toEqual(["sfdisk"]);
  expect(refusal(facts, disk.path)).toBe("accepted");
});

test("a disk is in use by mount, loop device on a file of it, and what is on that", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using scratch = await scratchDirectory("facts");
  await chmod(scratch.path, 0o755);
  const outer = join(scratch.path, "outer");
  const inner = join(scratch.path, "inner");
  await mkdir(outer);
  await mkdir(inner);
  await exec(["mkfs.ext4", "-q", "-L", "medium", disk.path]);
  await exec(["mount", disk.path, outer]);
  let loop = "";
  try {
    const image = join(outer, "image");
    await exec(["truncate", "-s", "32M", image]);
    await exec(["mkfs.ext4", "-q", image]);
    loop = (await exec(["losetup", "--find", "--show", image])).stdout.trim();
    await exec(["mount", loop, inner]);
    const facts = await gatherFacts({ tools: [] });
    expect(facts.disks.find(({ path }) => path === disk.path)?.holders).toEqual([
      { kind: "mount", device: disk.path, name: outer },
      { kind: "loop", device: disk.path, name: `${loop} (${image})`, path: loop },
      { kind: "mount", device: loop, name: inner },
    ]);
    expect(refusal(facts, disk.path)).toBe(
      [
        `disk.main: ${disk.path} is in use`,
        `${disk.path} (64 MiB): ext4 "medium"`,
        `  mounted on ${outer}`,
        `  behind the loop device ${loop} (${image})`,
        `    mounted on ${inner}`,
      ].join("\n"),
    );
  } finally {
    await exec(["umount", inner], { allowedExitCodes: [0, 32] });
    if (loop !== "") await exec(["losetup", "--detach", loop]);
    await exec(["umount", outer]);
  }
});

test("a disk that cannot be read is not taken for an empty one", async () => {
  await using scratch = await scratchDirectory("facts");
  const image = join(scratch.path, "image");
  await exec(["truncate", "-s", "64M", image]);
  const { stdout } = await exec(["losetup", "--find", "--show", image]);
  const path = stdout.trim();
  try {
    // What lies beyond the end of the file gives an I/O error, as a bad block does.
    await exec(["truncate", "-s", "63M", image]);
    const facts = await gatherFacts({ tools: [] });
    expect(facts.disks.find((each) => each.path === path)?.signatures).toBeUndefined();
    expect(refusal(facts, path)).toContain(`it cannot be told what is on ${path}`);
  } finally {
    await exec(["losetup", "--detach", path]);
  }
});

test("a disk that another loop device is made of is in use", async () => {
  await using disk = await loopDisk(32 * MiB);
  const { stdout } = await exec(["losetup", "--find", "--show", disk.path]);
  const loop = stdout.trim();
  try {
    expect((await disk.facts()).holders).toEqual([
      { kind: "loop", device: disk.path, name: `${loop} (${disk.path})`, path: loop },
    ]);
  } finally {
    await exec(["losetup", "--detach", loop]);
  }
  expect((await disk.facts()).holders).toEqual([]);
});

test("what uses a disk by a node of another name is found, as /dev/mapper has them without udev", async () => {
  await using disk = await loopDisk(32 * MiB);
  await using scratch = await scratchDirectory("facts");
  const node = join(scratch.path, "node");
  await exec(["mkswap", "-q", disk.path]);
  await exec(["cp", "--archive", disk.path, node]);
  await exec(["swapon", node]);
  try {
    expect((await disk.facts()).holders).toEqual([
      { kind: "swap", device: disk.path, name: disk.path },
    ]);
  } finally {
    await exec(["swapoff", node]);
  }
});

test("a disk that a program has open exclusively is in use", async () => {
  await using disk = await loopDisk(32 * MiB);
  const descriptor = openSync(disk.path, constants.O_RDONLY | constants.O_EXCL);
  try {
    expect((await disk.facts()).holders).toEqual([
      { kind: "exclusive-open", device: disk.path, name: "another program" },
    ]);
  } finally {
    closeSync(descriptor);
  }
});

test("what is held out of sight counts also where another partition of the disk is in use", async () => {
  await using scratch = await scratchDirectory("facts");
  await using disk = await loopDisk(64 * MiB);
  await exec(["sfdisk", "--no-tell-kernel", disk.path], {
    input: "label: gpt\nsize=32MiB\nsize=+\n",
  });
  await exec(["partx", "--update", disk.path]);
  const [first, second] = [`${disk.path}p1`, `${disk.path}p2`];
  await exec(["mkfs.ext4", "-q", first]);
  await exec(["mount", first, scratch.path]);
  const descriptor = openSync(second, constants.O_RDONLY | constants.O_EXCL);
  try {
    expect((await disk.facts()).holders).toEqual([
      { kind: "mount", device: first, name: scratch.path },
      { kind: "exclusive-open", device: second, name: "another program" },
    ]);
  } finally {
    closeSync(descriptor);
  }
  expect((await disk.facts()).holders).toHaveLength(1);
});

/** The holders of a disk as a process finds them in a mount namespace of its own, after a shell command there. */
async function holdersInNamespace(device: string, command: string): Promise<unknown> {
  const module = JSON.stringify(join(import.meta.dir, "../../../src/facts/disks.ts"));
  const script = `
    const { gatherDisk } = await import(${module});
    console.log(JSON.stringify((await gatherDisk("${device}")).holders));`;
  const shell = ["sh", "-c", `${command} && exec "$1" -e "$2"`, "sh", process.execPath, script];
  const { stdout } = await exec(["unshare", "--mount", "--propagation=private", ...shell]);
  return JSON.parse(stdout);
}

test("the live system's mounts count, whatever the installer's own namespace shows", async () => {
  await using scratch = await scratchDirectory("facts");
  await using disk = await loopDisk(32 * MiB);
  const [outside, inside] = [join(scratch.path, "outside"), join(scratch.path, "inside")];
  await mkdir(outside);
  await mkdir(inside);
  await exec(["mkfs.ext4", "-q", disk.path]);
  const only = (name: string) => [{ kind: "mount", device: disk.path, name }];

  expect(await holdersInNamespace(disk.path, `mount ${disk.path} ${inside}`)).toEqual(only(inside));
  await exec(["mount", disk.path, outside]);
  expect(await holdersInNamespace(disk.path, `umount ${outside}`)).toEqual(only(outside));
  const bind = `mount --bind ${outside} ${inside}`;
  expect(await holdersInNamespace(disk.path, bind)).toEqual(only(outside));
  await exec(["umount", outside]);
});
