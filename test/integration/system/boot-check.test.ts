import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { content, makeSystem, toplevel, writeFiles } from "../../unit/system/boot/boot-tree.ts";
import { grubDisk } from "../../unit/system/boot/grub-disk.ts";
import { runInstaller, systemSteps } from "./installer-run.ts";

const uuid = "0b5e0f3a-7c1e-4d62-9a33-6a4e0a1f2b3c";

/** A disk with a BIOS boot partition and an ext4 root, as a loop device; released when disposed. */
async function loopDisk(file: string): Promise<{ readonly path: string } & AsyncDisposable> {
  await exec(["truncate", "--size", "64M", file]);
  await exec(["sfdisk", "--quiet", file], {
    input: [
      "label: gpt",
      "start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649",
      "start=4096, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4",
      "",
    ].join("\n"),
  });
  const { stdout } = await exec(["losetup", "--find", "--show", file]);
  const path = stdout.trim();
  const release = async () => {
    await exec(["partx", "--delete", path], { allowedExitCodes: [0, 1] });
    await exec(["losetup", "--detach", path]);
  };
  try {
    await exec(["partx", "--add", path]);
    await exec(["mkfs.ext4", "-q", "-L", "nixos", "-U", uuid, `${path}p2`]);
  } catch (error) {
    await release();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: release };
}

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let disk: Awaited<ReturnType<typeof loopDisk>>;
let root: string;
let files: string;

beforeEach(async () => {
  scratch = await scratchDirectory("system");
  await chmod(scratch.path, 0o755);
  root = join(scratch.path, "root");
  files = join(scratch.path, "files");
  await mkdir(root);
  disk = await loopDisk(join(scratch.path, "disk"));
});

afterEach(async () => {
  await disk[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

const image = Buffer.alloc(30_000, "core").fill(0, 488, 544);

/** What install-grub.pl writes where kernels are read from the store, here of one file system with /boot. */
function menu(search: string): string {
  return [
    `search --set=drive1 ${search}`,
    "set default=0",
    'menuentry "NixOS" {',
    `search --set=drive1 ${search}`,
    `  linux ($drive1)/nix/store/44444444444444444444444444444444-linux-6.12.10/bzImage init=${toplevel}/init`,
    "  initrd ($drive1)/boot/kernels/initrd",
    "}",
    "",
  ].join("\n");
}

/** Puts a system and GRUB on the disk and runs the check on it, as it is mounted in the installer's namespace. */
async function checkGrub(options: { readonly search: string; readonly bootSector: boolean }) {
  await makeSystem(files, { installer: "install-grub.sh" });
  await writeFiles(join(files, "boot"), {
    "grub/grub.cfg": menu(options.search),
    "grub/i386-pc/core.img": image,
    "kernels/initrd": content.initrd,
  });
  const prepared = join(scratch.path, "boot-sectors");
  await Bun.write(prepared, grubDisk(image, 2048));
  // The partition table and the disk's signature stay as they are.
  const bootSectors = [
    `dd if=${prepared} of=${disk.path} bs=440 count=1 conv=notrunc`,
    `dd if=${prepared} of=${disk.path} bs=512 skip=2048 seek=2048 conv=notrunc`,
  ];
  const step = systemSteps(root, toplevel)["boot-check"];
  return await runInstaller(scratch.path, {
    before: [
      `mount ${disk.path}p2 ${root}`,
      `cp -a ${files}/. ${root}`,
      ...(options.bootSector ? bootSectors : []),
    ].join("\n"),
    steps: [
      {
        ...step,
        fileSystems: [{ mountPoint: "/", device: `${disk.path}p2`, isEfiSystemPartition: false }],
        disks: [disk.path],
      },
    ],
    after: `umount ${root}`,
  });
}

test("GRUB's menu finds kernel and initrd on the file system with the UUID it searches for", async () => {
  const { error } = await checkGrub({ search: `--fs-uuid ${uuid}`, bootSector: true });
  expect(error).toBeUndefined();
});

test("GRUB's menu finds the file system by its label", async () => {
  const { error } = await checkGrub({ search: "--label nixos", bootSector: true });
  expect(error).toBeUndefined();
});

test("a UUID of another file system and a disk without boot code end the install", async () => {
  const other = "11111111-2222-3333-4444-555555555555";
  const { error } = await checkGrub({ search: `--fs-uuid ${other}`, bootSector: false });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toContain(`no file system of the target has the uuid ${other}`);
  expect(error?.message).toContain(`no disk starts GRUB: ${disk.path} has no boot code`);
});
