import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { spanningGroups } from "../../../../src/disk/safety/spanning-groups.ts";
import { DiskClaim } from "../../../../src/disk/wiping/claim.ts";
import { signatureRegions } from "../../../../src/disk/wiping/erase.ts";
import { type WipeStep, wipeDisks, wipeStep } from "../../../../src/disk/wiping/wipe-step.ts";
import { gatherDisk, gatherDisks } from "../../../../src/facts/disks.ts";
import { exec } from "../../../../src/run/command.ts";
import type { StepContext } from "../../../../src/run/step.ts";
import { type LoopDisk, loopDisk } from "../../../support/loop-disk.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { failure, StepRun } from "../steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

/** The step that a plan would have for some disks as they are now. */
async function stepFor(...disks: LoopDisk[]): Promise<WipeStep> {
  const named = [];
  for (const [index, disk] of disks.entries()) {
    named.push({ name: `disk${index}`, disk: await disk.facts() });
  }
  return { kind: "wipe", id: "wipe", disks: named, udev: false };
}

async function isBlank(disk: LoopDisk): Promise<void> {
  const { partitions, holders, signatures } = await disk.facts();
  expect({ partitions, holders, signatures }).toEqual({
    partitions: [],
    holders: [],
    signatures: [],
  });
}

/** Writes a table of two partitions and has the kernel show them. */
async function partition(disk: LoopDisk, label = "gpt"): Promise<void> {
  const script = `label: ${label}\nsize=40MiB\nsize=+\n`;
  await exec(["sfdisk", "--no-tell-kernel", "--wipe=never", "--wipe-partitions=never", disk.path], {
    input: script,
  });
  await exec(["partx", "--update", disk.path]);
}

function failed(): never {
  throw new Error("the disk could not be claimed");
}

describe("with wipe = true", () => {
  test("mounts, swap and loop devices are taken down, and the commands are those of the plan", async () => {
    await using scratch = await scratchDirectory("wipe");
    await chmod(scratch.path, 0o755);
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await partition(disk);
    await exec(["mkfs.ext4", "-q", "-L", "photos", `${disk.path}p1`]);
    await exec(["mkswap", "-q", `${disk.path}p2`]);
    await exec(["swapon", `${disk.path}p2`]);
    const outer = join(scratch.path, "a b");
    const bound = join(scratch.path, "bound");
    await mkdir(outer);
    await mkdir(bound);
    await exec(["mount", `${disk.path}p1`, outer]);
    await exec(["mount", "--bind", outer, bound]);
    const inner = join(outer, "inner");
    await mkdir(inner);
    await exec(["truncate", "-s", "16M", join(outer, "image")]);
    await exec(["mkfs.ext4", "-q", join(outer, "image")]);
    const { stdout } = await exec(["losetup", "--find", "--show", join(outer, "image")]);
    await exec(["mount", stdout.trim(), inner]);
    await exec(["mount", "-t", "tmpfs", "tmpfs", join(inner, "lost+found")]);
    const step = await stepFor(disk);
    await steps.run(wipeStep, step);
    await isBlank(disk);
    // The tests see the mounts of process 1, and need not enter its namespace.
    const planned = wipeStep
      .commands(step)
      .map((argv) => (argv[0] === "nsenter" ? argv.slice(4) : argv));
    expect(steps.commands).toEqual(planned);
    expect(planned.slice(0, 6).map(([program]) => program)).toEqual([
      "swapoff",
      "umount",
      "umount",
      "losetup",
      "umount",
      "umount",
    ]);
  });

  test("the live system's mounts are taken down from the installer's own namespace", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using disk = await loopDisk(32 * MiB);
    await exec(["mkfs.ext4", "-q", disk.path]);
    // A PID namespace gives the shell the part of process 1, and its mounts that of the live system's.
    const program = join(import.meta.dir, "wipe-program.ts");
    const script = `
      mount "$1" "$2" && mkdir "$2/below" && mount -t tmpfs tmpfs "$2/below" || exit 1
      "$3" "$4" "$1" || exit 2
      ! grep -q "$2" /proc/self/mounts`;
    const shell = ["sh", "-c", script, "sh", disk.path, scratch.path, process.execPath, program];
    const unshare = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"];
    await exec([...unshare, "--propagation=private", ...shell]);
    await isBlank(disk);
  });

  test("what is taken into use again in the meantime is taken down again", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using disk = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", disk.path]);
    await exec(["mount", disk.path, scratch.path]);
    const step = await stepFor(disk);
    // Mounts it as soon as it is free, twice, as an automounter would.
    const script = `
      for time in 1 2; do
        while mountpoint -q "$2"; do :; done
        until mount "$1" "$2"; do :; done
      done`;
    const mounter = Bun.spawn(["sh", "-c", script, "sh", disk.path, scratch.path], {
      stderr: "ignore",
    });
    try {
      await steps.run(wipeStep, step);
    } finally {
      mounter.kill();
      await mounter.exited;
    }
    await isBlank(disk);
  });

  test("nobody else can use a disk while it is claimed", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using disk = await loopDisk(64 * MiB);
    await partition(disk);
    await exec(["mkfs.ext4", "-q", `${disk.path}p1`]);
    const mount = () => exec(["mount", `${disk.path}p1`, scratch.path]);
    {
      using claim = DiskClaim.take([disk.path]) ?? failed();
      expect(claim.paths).toEqual([disk.path]);
      expect((await failure(mount())).message).toContain("mount ended with exit status 32");
      expect(DiskClaim.take([disk.path])).toBeUndefined();
    }
    await mount();
    expect(DiskClaim.take([disk.path])).toBeUndefined();
    await exec(["umount", scratch.path]);
  });

  test("a mount that is busy stops it with the program's name, and nothing is erased", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using disk = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", disk.path]);
    await exec(["mount", disk.path, scratch.path]);
    const step = await stepFor(disk);
    const user = Bun.spawn(["sleep", "infinity"], { cwd: scratch.path });
    try {
      const hurried = {
        ...wipeStep,
        run: (wiped: WipeStep, context: StepContext) => wipeDisks(wiped, context, 0.5),
      };
      const error = await failure(steps.run(hurried, step));
      expect(error.message).toBe(
        `${scratch.path} cannot be unmounted\n  sleep (process ${user.pid}): ${scratch.path}`,
      );
    } finally {
      user.kill();
      await user.exited;
    }
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["ext4"]);
  });

  test("a disk that was taken into use after the plan was made is left alone", async () => {
    await using disk = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkswap", "-q", disk.path]);
    const step = await stepFor(disk);
    const hash = await disk.hash();
    await exec(["swapon", disk.path]);
    const { message } = await failure(steps.run(wipeStep, step));
    await exec(["swapoff", disk.path]);
    expect(message).toStartWith(`${disk.path} was taken into use after the plan was made`);
    expect(await disk.hash()).toBe(hash);
  });

  test("another disk of the same size that has come under the same name is left alone", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using steps = new StepRun();
    const [first, second] = [join(scratch.path, "first"), join(scratch.path, "second")];
    await exec(["truncate", "-s", "32M", first, second]);
    for (const image of [first, second]) await exec(["mkfs.ext4", "-q", image]);
    const hash = async () => new Bun.CryptoHasher("sha256").update(await Bun.file(second).bytes());
    const before = (await hash()).digest("hex");
    // One that no other test is given.
    const path = "/dev/loop217";
    await exec(["losetup", path, first]);
    try {
      const disk = await gatherDisk(path);
      if (disk === undefined) throw new Error(`${path} is no disk`);
      await exec(["losetup", "--detach", path]);
      await exec(["losetup", path, second]);
      const step = {
        kind: "wipe",
        id: "wipe",
        disks: [{ name: "main", disk }],
        udev: false,
      } as const;
      const { message } = await failure(steps.run(wipeStep, step));
      expect(message).toBe(
        `${path} is not what it was when the plan was made: it was attached anew, or is another disk`,
      );
    } finally {
      await exec(["losetup", "--detach", path]);
    }
    expect((await hash()).digest("hex")).toBe(before);
  });

  test("a disk that another program has open exclusively is left alone", async () => {
    await using disk = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkswap", "-q", disk.path]);
    const hash = await disk.hash();
    const script = `
      const { openSync, constants } = require("node:fs");
      openSync("${disk.path}", constants.O_RDONLY | constants.O_EXCL);
      console.log("open");
      await Bun.stdin.text();`;
    const user = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
    let message = "";
    try {
      expect((await user.stdout.getReader().read()).done).toBe(false);
      const step = await stepFor(disk);
      ({ message } = await failure(steps.run(wipeStep, step)));
    } finally {
      user.kill();
      await user.exited;
    }
    expect(message).toContain(`${disk.path} is in use: open exclusively in `);
    expect(message).toContain(`(process ${user.pid})`);
    expect(await disk.hash()).toBe(hash);
  });

  test("an inactive volume group of which another disk has a part is left alone, on both", async () => {
    await using first = await loopDisk(32 * MiB);
    await using second = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["pvcreate", "-q", first.path, second.path]);
    await exec(["vgcreate", "-q", "my-vg--x", first.path, second.path]);
    const hashes = [await first.hash(), await second.hash()];
    const step = await stepFor(first);
    const [refusal] = spanningGroups(step.disks, { disks: await gatherDisks() });
    expect(refusal?.message).toContain("the volume group my-vg--x (");
    expect(refusal?.message).toContain(`${second.path} (32 MiB): would be left`);
    const { message, reason } = await failure(steps.run(wipeStep, step));
    expect({ message, reason }).toEqual({
      message: `disk.disk0: ${refusal?.message}`,
      reason: "refused",
    });
    expect([await first.hash(), await second.hash()]).toEqual(hashes);

    await steps.run(wipeStep, await stepFor(first, second));
    await isBlank(first);
    await isBlank(second);
  });

  test("a btrfs over two disks goes as a whole or not at all, mounted by either of its devices", async () => {
    await using scratch = await scratchDirectory("wipe");
    await using first = await loopDisk(128 * MiB);
    await using second = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.btrfs", "-q", "-L", "pool", "-d", "raid1", first.path, second.path]);
    await exec(["btrfs", "device", "scan", first.path, second.path]);
    await exec(["mount", first.path, scratch.path]);
    const { message } = await failure(steps.run(wipeStep, await stepFor(second)));
    expect(message).toContain(`${second.path} cannot be wiped alone: the btrfs pool (`);
    await steps.run(wipeStep, await stepFor(second, first));
    await isBlank(first);
    await isBlank(second);
  });
});

/** What makes something on a device that can be found by its signature. */
const makers: Readonly<Record<string, (device: string) => string[]>> = {
  ext4: (device) => ["mkfs.ext4", "-q", "-F", device],
  xfs: (device) => ["mkfs.xfs", "-q", "-f", device],
  btrfs: (device) => ["mkfs.btrfs", "-q", "-f", device],
  vfat: (device) => ["mkfs.vfat", device],
  swap: (device) => ["mkswap", "-q", device],
  LVM2_member: (device) => ["pvcreate", "-q", "-ff", "-y", "--pvmetadatacopies", "2", device],
  crypto_LUKS: (device) => [
    "cryptsetup",
    "luksFormat",
    "--batch-mode",
    "--pbkdf=pbkdf2",
    "--pbkdf-force-iterations=1000",
    "--key-file=/proc/version",
    device,
  ],
  gpt: (device) => ["sgdisk", "--new=1:2048:+1M", device],
};

/** Everything that wipefs, blkid and the installer find on some devices. */
async function found(devices: readonly string[]): Promise<string> {
  const listed = await exec(["wipefs", "--noheadings", ...devices]);
  const probed = await Promise.all(
    devices.map((device) => exec(["blkid", "-p", device], { allowedExitCodes: [0, 2, 8] })),
  );
  return listed.stdout + probed.map(({ stdout }) => stdout.replace(/ ?PART_ENTRY.*/, "")).join("");
}

describe("every signature is erased", () => {
  for (const [type, maker] of Object.entries(makers)) {
    test(`${type}, on a disk and in a partition, and a new table of the same layout does not bring it back`, async () => {
      await using disk = await loopDisk(512 * MiB);
      await using steps = new StepRun();
      await exec(maker(disk.path));
      await steps.run(wipeStep, await stepFor(disk));
      expect(await found([disk.path])).toBe("");

      await partition(disk);
      const parts = [`${disk.path}p1`, `${disk.path}p2`];
      const [, last = ""] = parts;
      await exec(maker(last));
      expect(await found([last])).toContain(type === "gpt" ? "gpt" : type);
      await steps.run(wipeStep, await stepFor(disk));
      await isBlank(disk);
      await partition(disk);
      expect((await found(parts)).replaceAll(/^\/dev\/loop\d+p\d:\s*$/gm, "").trim()).toBe("");
    });
  }
});

test("backups that wipefs leaves are erased, byte for byte", async () => {
  await using disk = await loopDisk(96 * MiB, 4096);
  await using steps = new StepRun();
  await exec(["mkswap", "-q", disk.path]);
  const step = await stepFor(disk);
  const full = Buffer.alloc(disk.size, 0x5a);
  await Bun.write(disk.path, full);
  await exec(["mkswap", "-q", disk.path]);
  await steps.run(wipeStep, step);
  const bytes = Buffer.from(await Bun.file(disk.path).arrayBuffer());
  const erased = [];
  for (let offset = 0; offset < bytes.length; offset += 4096) {
    if (bytes.subarray(offset, offset + 4096).every((byte) => byte === 0)) erased.push(offset);
  }
  const expected = signatureRegions({ start: 0, size: disk.size }).flatMap(({ start, size }) =>
    Array.from({ length: size / 4096 }, (_, index) => start + index * 4096),
  );
  expect(erased).toEqual(expected);
});

test("a table that reaches beyond the disk's end, as that of a larger one does, is erased too", async () => {
  await using large = await loopDisk(128 * MiB);
  await using disk = await loopDisk(64 * MiB);
  await using steps = new StepRun();
  await exec(["sfdisk", "--no-tell-kernel", large.path], { input: "label: dos\nsize=100MiB\n" });
  await exec(["dd", `if=${large.path}`, `of=${disk.path}`, "bs=1M", "count=64"]);
  const step = await stepFor(disk);
  expect(step.disks[0]?.disk.table?.partitions).toHaveLength(1);
  await steps.run(wipeStep, step);
  await isBlank(disk);
});
