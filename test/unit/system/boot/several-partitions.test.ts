import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InstallerError } from "../../../../src/errors.ts";
import { exec } from "../../../../src/run/command.ts";
import { bootCheckStep } from "../../../../src/system/boot-check-step.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { copies, makeSystem, systemdBootFiles, toplevel, writeFiles } from "./boot-tree.ts";
import { efiProgram } from "./efi-program.ts";
import { grubDisk } from "./grub-disk.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;
beforeEach(async () => {
  scratch = await scratchDirectory("several-partitions");
  root = join(scratch.path, "root");
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** What the check says of a target whose EFI system partitions are mounted on `/boot` and `/boot2`. */
async function check(firmware: "uefi" | "bios", disks: readonly string[] = []) {
  const device = join(scratch.path, "empty-device");
  await writeFile(device, Buffer.alloc(1 << 20));
  const notes: string[] = [];
  const esps = ["/boot", "/boot2"].map((mountPoint) => ({ mountPoint, device }));
  try {
    await bootCheckStep.run(
      {
        kind: "boot-check",
        id: "boot-check",
        root,
        toplevel,
        firmware,
        efiVariables: false,
        fileSystems: esps.map((esp) => ({ ...esp, isEfiSystemPartition: true })),
        disks,
      },
      {
        signal: new AbortController().signal,
        exec,
        progress: () => undefined,
        profile: () => undefined,
        log: (level, message) => {
          if (level === "warning") notes.push(message);
        },
        hold: () => undefined,
        secret: () => new Uint8Array(),
      },
    );
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    return { problem: error.message.replaceAll(`${root}/`, "/"), notes };
  }
  return { problem: undefined, notes };
}

test("two EFI system partitions with systemd-boot are right when each has everything", async () => {
  await makeSystem(root);
  await writeFiles(join(root, "boot"), systemdBootFiles());
  await writeFiles(join(root, "boot2"), systemdBootFiles());
  expect(await check("uefi")).toEqual({ problem: undefined, notes: [] });
});

test("a kernel that only the first one has is missed on the second", async () => {
  await makeSystem(root);
  await writeFiles(join(root, "boot"), systemdBootFiles());
  await writeFiles(join(root, "boot2"), { ...systemdBootFiles(), [copies.kernel]: undefined });
  expect((await check("uefi")).problem).toContain(`- /boot2/${copies.kernel} is missing`);
});

test("an EFI system partition that was left empty is told, and the machine boots from the other", async () => {
  await makeSystem(root);
  await writeFiles(join(root, "boot"), systemdBootFiles());
  await writeFiles(root, { "boot2/keep": "" });
  const { problem, notes } = await check("uefi");
  expect(problem).toBeUndefined();
  expect(notes).toEqual([
    "The EFI system partition /boot2 has no boot loader: the machine does not start from it",
  ]);
});

const store = "/nix/store/44444444444444444444444444444444-linux-6.12.10/bzImage";

/** A `/boot` with GRUB for both kinds of firmware; kernels are read from the store. */
function grubFiles(image: Buffer): Record<string, string | Uint8Array> {
  return {
    "grub/grub.cfg": `set default=0\nmenuentry "NixOS" {\n linux /kernels/linux init=${toplevel}/init\n initrd /kernels/initrd\n}\n`,
    "grub/i386-pc/core.img": image,
    "EFI/BOOT/BOOTX64.EFI": efiProgram(),
  };
}

test("a disk for both kinds of firmware must start under the other one too", async () => {
  const image = Buffer.from(Array.from({ length: 27_000 }, (_, index) => (index * 7) % 251));
  image.fill(0, 488, 544);
  await makeSystem(root, { installer: "install-grub.sh" });
  const kernel = await Bun.file(join(root, store)).text();
  const initrd = await Bun.file(
    join(root, "/nix/store/22222222222222222222222222222222-initrd-linux-6.12.10/initrd"),
  ).text();
  const boot = { ...grubFiles(image), "kernels/linux": kernel, "kernels/initrd": initrd };
  await writeFiles(join(root, "boot"), boot);
  await writeFiles(join(root, "boot2"), boot);
  const disk = join(scratch.path, "disk");
  await writeFile(disk, grubDisk(image, 34));
  expect(await check("uefi", [disk])).toEqual({ problem: undefined, notes: [] });
  expect(await check("bios", [disk])).toEqual({ problem: undefined, notes: [] });

  await writeFile(disk, Buffer.alloc(4096));
  expect((await check("uefi", [disk])).problem).toContain("no disk starts GRUB");
  await writeFile(disk, grubDisk(image, 34));
  await writeFiles(join(root, "boot2"), { "EFI/BOOT/BOOTX64.EFI": efiProgram().subarray(0, 900) });
  expect((await check("bios", [disk])).problem).toContain(
    "/boot2/EFI/BOOT/BOOTX64.EFI is truncated",
  );
});
