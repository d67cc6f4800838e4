import { expect, test } from "bun:test";
import { judgeBootctlChecks } from "../../../../src/plan/preflight/bootctl-checks.ts";
import { judgeEsp } from "../../../../src/plan/preflight/esp.ts";
import type { LoaderDeclaration } from "../../../../src/system/boot/installed-loader.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

const loader: LoaderDeclaration = {
  loader: "systemd-boot",
  efiVariableUse: "untouched",
  efiSysMountPoint: "/boot",
};

test("bootctl refuses an EFI system partition that is an array, unless it is told not to", async () => {
  const inputs = await layoutInputs("raid-data", { system: { loader } });
  const findings = judgeBootctlChecks(inputs);
  expect(told(findings)).toEqual([
    'preflight/esp-not-partition filesystem."/boot": the system\'s bootctl takes only a partition of a GPT for the EFI system partition, and esp is an array',
  ]);
  expect(findings[0]?.severity).toBe("error");
  expect(findings[0]?.hint).toContain("SYSTEMD_RELAX_ESP_CHECKS=1");
  const relaxed = { ...loader, relaxedChecks: ["esp"] } as const;
  const sound = await layoutInputs("raid-data", { system: { loader: relaxed } });
  expect(judgeBootctlChecks(sound)).toEqual([]);
});

test("GRUB asks nothing of the kind", async () => {
  const grub = { loader: "grub", efiVariableUse: undefined, efiSysMountPoint: "/boot" } as const;
  const inputs = await layoutInputs("raid-data", { system: { loader: grub } });
  expect(judgeBootctlChecks(inputs)).toEqual([]);
});

/** The disk of uefi-ext4 with an msdos table. */
const inMsdos: Changes = {
  manifest: (text) =>
    text.replace("[disk.main]", '[disk.main]\ntable = "msdos"').replace('"linux-root"', '"linux"'),
};

test("bootctl refuses an EFI system partition of an msdos table", async () => {
  const inputs = await layoutInputs("uefi-ext4", inMsdos);
  expect(told(judgeBootctlChecks(inputs))).toEqual([
    'preflight/esp-not-partition filesystem."/boot": the system\'s bootctl takes only a partition of a GPT for the EFI system partition, and main.esp lies in an msdos table',
  ]);
});

/** The ESP on /efi, and another partition for kernels on /boot. */
const withKernelsOn = (type: string): Changes => ({
  manifest: (text) =>
    `${text
      .replace('[filesystem."/boot"]', '[filesystem."/efi"]')
      .replace(
        "[[disk.main.partition]]",
        `[[disk.main.partition]]\nname = "kernels"\nsize = "256MiB"\ntype = "${type}"\n\n[[disk.main.partition]]`,
      )}\n[filesystem."/boot"]\ndevice = "main.kernels"\ntype = "vfat"\n`,
  system: { loader: { ...loader, efiSysMountPoint: "/efi", xbootldrMountPoint: "/boot" } },
});

test("bootctl refuses a partition for kernels that is none by its type", async () => {
  const inputs = await layoutInputs("uefi-ext4", withKernelsOn("linux"));
  expect(told(judgeBootctlChecks(inputs))).toEqual([
    'preflight/xbootldr-type filesystem."/boot": the system\'s bootctl takes only a partition of the type XBOOTLDR for kernels, and main.kernels has another type',
  ]);
  const sound = await layoutInputs("uefi-ext4", withKernelsOn("xbootldr"));
  expect([...judgeBootctlChecks(sound), ...judgeEsp(sound)]).toEqual([]);
});
