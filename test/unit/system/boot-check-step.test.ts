import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import { exec } from "../../../src/run/command.ts";
import { type BootCheckStep, bootCheckStep } from "../../../src/system/boot-check-step.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import {
  content,
  copies,
  entryText,
  makeSystem,
  systemdBootFiles,
  toplevel,
  writeFiles,
} from "./boot/boot-tree.ts";
import { efiProgram } from "./boot/efi-program.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;
beforeEach(async () => {
  scratch = await scratchDirectory("boot-check");
  root = join(scratch.path, "root");
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** What the check says: its error's message without the scratch directory, and its warnings. */
async function check(changes: Partial<BootCheckStep> = {}) {
  const warnings: string[] = [];
  const step: BootCheckStep = {
    kind: "boot-check",
    id: "boot-check",
    root,
    toplevel,
    firmware: "uefi",
    efiVariables: false,
    fileSystems: [],
    disks: [],
    ...changes,
  };
  try {
    await bootCheckStep.run(step, {
      signal: new AbortController().signal,
      exec,
      progress: () => undefined,
      profile: () => undefined,
      log: (level, message) => {
        if (level === "warning") warnings.push(message);
      },
      hold: () => undefined,
      secret: () => new Uint8Array(),
    });
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    expect(error.exitCode).toBe(8);
    return { problem: error.message.replaceAll(`${root}/`, "/"), warnings };
  }
  return { problem: undefined, warnings };
}

test("systemd-boot with the system's entry, kernel and initrd is right", async () => {
  await makeSystem(root);
  await writeFiles(join(root, "boot"), systemdBootFiles());
  expect(await check()).toEqual({ problem: undefined, warnings: [] });
});

test("an XBOOTLDR partition may hold entries and kernels apart from the ESP", async () => {
  await makeSystem(root);
  const files = Object.entries(systemdBootFiles());
  const onEsp = /EFI\/systemd|EFI\/BOOT|loader\.conf/;
  await writeFiles(
    join(root, "efi"),
    Object.fromEntries(files.filter(([path]) => onEsp.test(path))),
  );
  await writeFiles(
    join(root, "boot"),
    Object.fromEntries(files.filter(([path]) => !onEsp.test(path))),
  );
  expect((await check()).problem).toBeUndefined();
});

const other = "init=/nix/store/99999999999999999999999999999999-nixos-system-host-25.05/init";
const kernelSize = content.kernel.length;

test.each([
  [
    "no loader",
    { "EFI/systemd/systemd-bootx64.efi": undefined },
    "systemd-boot is not there: looked for EFI/systemd/systemd-bootx64.efi and EFI/systemd/systemd-bootia32.efi in /boot",
  ],
  [
    "a truncated loader",
    { "EFI/systemd/systemd-bootx64.efi": efiProgram().subarray(0, 900) },
    "/boot/EFI/systemd/systemd-bootx64.efi is truncated",
  ],
  [
    "a loader for another machine",
    { "EFI/BOOT/BOOTX64.EFI": efiProgram(0xaa64) },
    "/boot/EFI/BOOT/BOOTX64.EFI is for aa64, which this machine is not",
  ],
  [
    "no fallback where variables are hidden",
    { "EFI/BOOT/BOOTX64.EFI": undefined },
    "no active firmware entry leads to EFI/systemd/systemd-bootx64.efi, and the ESP has no loader at the fallback path EFI/BOOT",
  ],
  [
    "a truncated kernel",
    { [copies.kernel]: content.kernel.slice(0, 1000) },
    `/boot/${copies.kernel} is truncated: it has 1000 of the ${kernelSize} bytes of /nix/store/44444444444444444444444444444444-linux-6.12.10/bzImage`,
  ],
  ["an empty initrd", { [copies.initrd]: "" }, `/boot/${copies.initrd} is empty`],
  ["no initrd", { [copies.initrd]: undefined }, `/boot/${copies.initrd} is missing`],
  [
    "a kernel with one other byte",
    { [copies.kernel]: `${content.kernel.slice(0, -1)}X` },
    `/boot/${copies.kernel} differs from /nix/store/44444444444444444444444444444444-linux-6.12.10/bzImage`,
  ],
  [
    "something appended to an initrd without secrets",
    { [copies.initrd]: `${content.initrd}secret` },
    `/boot/${copies.initrd} differs from /nix/store/22222222222222222222222222222222-initrd-linux-6.12.10/initrd: it has ${content.initrd.length + 6} bytes instead of ${content.initrd.length}`,
  ],
  [
    "another system's init",
    { "loader/entries/nixos-generation-1.conf": entryText(other) },
    `no entry of systemd-boot has init=${toplevel}/init (/boot/loader/entries/nixos-generation-1.conf: ${other})`,
  ],
  [
    "no entry",
    { "loader/entries/nixos-generation-1.conf": undefined },
    `no entry of systemd-boot has init=${toplevel}/init (there is no entry)`,
  ],
  ["no loader.conf", { "loader/loader.conf": undefined }, "/boot/loader/loader.conf is missing"],
  [
    "another default entry",
    {
      "loader/loader.conf": "default old.conf\n",
      "loader/entries/old.conf": entryText(other),
    },
    "/boot/loader/loader.conf (default old.conf) starts old.conf and not nixos-generation-1.conf",
  ],
  [
    "no default, and a newer entry of another system",
    {
      "loader/loader.conf": "timeout 5\n",
      "loader/entries/nixos-generation-2.conf": entryText(other).replace(
        "Generation 1",
        "Generation 2",
      ),
    },
    "/boot/loader/loader.conf (default not set) starts nixos-generation-2.conf and not nixos-generation-1.conf",
  ],
])("systemd-boot: %s", async (_, changes, problem) => {
  await makeSystem(root);
  await writeFiles(join(root, "boot"), { ...systemdBootFiles(), ...changes });
  expect((await check()).problem).toBe(`the machine would not boot the system:\n- ${problem}`);
});

test("every problem is told at once", async () => {
  await makeSystem(root);
  const files = { ...systemdBootFiles(), [copies.kernel]: "", [copies.initrd]: undefined };
  await writeFiles(join(root, "boot"), files);
  expect((await check()).problem).toBe(
    `the machine would not boot the system:\n- /boot/${copies.kernel} is empty\n- /boot/${copies.initrd} is missing`,
  );
});

test("secrets appended to the initrd's copy are no difference", async () => {
  await makeSystem(root, { initrdSecrets: true });
  const files = { ...systemdBootFiles(), [copies.initrd]: `${content.initrd}secret` };
  await writeFiles(join(root, "boot"), files);
  expect((await check()).problem).toBeUndefined();
});

test("a system built without a boot loader is told so", async () => {
  await makeSystem(root, { installer: "no-bootloader" });
  expect((await check()).problem).toContain("the system was built without a boot loader");
});

test("a loader that declares itself is missed although another one's files are there", async () => {
  await makeSystem(root, { installer: "install-grub.sh" });
  await writeFiles(join(root, "boot"), systemdBootFiles());
  expect((await check({ firmware: "bios" })).problem).toContain("GRUB's menu is not there");
});

const menu = (init: string) => `search --set=drive1 --fs-uuid 4455-6677
set default=0
menuentry "NixOS" {
search --set=drive1 --fs-uuid 4455-6677
  linux ($drive1)/kernels/linux ${init} loglevel=4
  initrd ($drive1)/kernels/initrd
}
`;

test("GRUB's menu is followed only to a file system of the target", async () => {
  await makeSystem(root, { installer: "install-grub.sh" });
  await writeFiles(join(root, "boot"), { "grub/grub.cfg": menu(`init=${toplevel}/init`) });
  const { problem } = await check({ firmware: "bios" });
  expect(problem).toContain("no file system of the target has the uuid 4455-6677");
  expect(problem).toContain("GRUB's core image /boot/grub/i386-pc/core.img is missing");
});

test("GRUB that starts another system is told with what it starts", async () => {
  await makeSystem(root, { installer: "install-grub.sh" });
  await writeFiles(join(root, "boot"), { "grub/grub.cfg": menu(other) });
  expect((await check({ firmware: "bios" })).problem).toContain(
    `the default entry of /boot/grub/grub.cfg has not init=${toplevel}/init ("NixOS": ${other})`,
  );
});

function extlinuxConfiguration(init: string): string {
  return `DEFAULT a\nLABEL a\n LINUX ../nixos/linux\n INITRD ../nixos/initrd\n APPEND ${init}\n`;
}

test("extlinux with kernel and initrd beside it is right", async () => {
  await makeSystem(root, { installer: "extlinux-conf-builder.sh" });
  const files = {
    "extlinux/extlinux.conf": extlinuxConfiguration(`init=${toplevel}/init`),
    "nixos/linux": content.kernel,
    "nixos/initrd": content.initrd,
  };
  await writeFiles(join(root, "boot"), files);
  expect((await check({ firmware: "bios" })).problem).toBeUndefined();
  await writeFiles(join(root, "boot"), { "nixos/linux": "" });
  expect((await check({ firmware: "bios" })).problem).toContain("/boot/nixos/linux is empty");
  await writeFiles(join(root, "boot"), { "extlinux/extlinux.conf": extlinuxConfiguration(other) });
  expect((await check({ firmware: "bios" })).problem).toContain(other);
});

test("of a loader that is not known, some file must name the system's init", async () => {
  await makeSystem(root, { installer: "bootinstall" });
  const files = { "EFI/BOOT/BOOTX64.EFI": efiProgram() };
  await writeFiles(join(root, "boot"), files);
  expect((await check()).problem).toContain(
    `no file holds init=${toplevel}/init (looked in /boot)`,
  );
  await writeFiles(join(root, "boot"), { "limine.conf": `cmdline: init=${toplevel}/init` });
  const found = await check();
  expect(found.problem).toBeUndefined();
  expect(found.warnings.join()).toContain("limine.conf");
});

test("an old system without boot.json is compared by its links", async () => {
  await makeSystem(root);
  await writeFiles(root, {
    [`${toplevel}/boot.json`]: undefined,
    [`${toplevel}/kernel`]: content.kernel,
    [`${toplevel}/initrd`]: content.initrd,
    [`${toplevel}/system`]: "x86_64-linux",
  });
  await writeFiles(join(root, "boot"), systemdBootFiles());
  expect((await check()).problem).toBeUndefined();
  await writeFiles(join(root, "boot"), { [copies.kernel]: "short" });
  expect((await check()).problem).toContain("is truncated");
});
