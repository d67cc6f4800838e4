import { expect, test } from "bun:test";
import type { Facts } from "../../../../src/facts/facts.ts";
import type { Finding } from "../../../../src/findings/finding.ts";
import { judgeBootLoader } from "../../../../src/plan/preflight/boot-loader.ts";
import { judgeBootRoom } from "../../../../src/plan/preflight/boot-room.ts";
import { judgeEsp } from "../../../../src/plan/preflight/esp.ts";
import { judgeGrubDevices } from "../../../../src/plan/preflight/grub-devices.ts";
import type { LayoutName } from "../../../system/layouts.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

const MiB = 2 ** 20;

type Judge = (inputs: Awaited<ReturnType<typeof layoutInputs>>) => Finding[];

async function by(judge: Judge, name: LayoutName, changes: Changes) {
  return judge(await layoutInputs(name, changes));
}

function kinds(findings: readonly Finding[]) {
  return findings.map(({ id, severity }) => [id, severity]);
}

const bios: Partial<Facts> = { firmware: { kind: "bios" } };
const uefi: Partial<Facts> = {
  firmware: { kind: "uefi", bits: 64, efiVariables: "writable" },
};

test("systemd-boot on BIOS firmware", async () => {
  expect(kinds(await by(judgeBootLoader, "uefi-ext4", { facts: bios }))).toEqual([
    ["preflight/boot-loader-firmware", "error"],
  ]);
});

test("GRUB for BIOS only on UEFI firmware, and for UEFI only on BIOS firmware", async () => {
  const [one, ...others] = await by(judgeBootLoader, "bios-ext4", { facts: uefi });
  expect(others).toEqual([]);
  expect(one?.message).toBe(
    "the system installs GRUB for BIOS firmware only, and this machine started with UEFI",
  );
  expect(kinds(await by(judgeBootLoader, "raid1-esp-each", { facts: bios }))).toEqual([
    ["preflight/boot-loader-firmware", "error"],
  ]);
  expect(told(await by(judgeBootLoader, "hybrid-grub", { facts: bios }))).toEqual([]);
});

/** GRUB for UEFI alone, at the place where firmware looks or another. */
const withGrubEntry = (
  isRemovable: boolean,
  efiVariableUse: "required" | "untouched",
  manifest = (text: string) => text,
) =>
  by(judgeBootLoader, "uefi-ext4", {
    manifest,
    system: {
      loader: {
        loader: "grub",
        efiVariableUse,
        grub: [
          {
            bootPath: "/boot",
            devices: ["nodev"],
            efiSysMountPoint: "/boot",
            forBios: false,
            forUefi: true,
            isRemovable,
          },
        ],
      },
    },
  });

test("GRUB that firmware does not find without an entry, which nothing writes", async () => {
  expect(kinds(await withGrubEntry(false, "untouched"))).toEqual([
    ["preflight/grub-without-entry", "error"],
  ]);
  const [hidden] = await withGrubEntry(
    false,
    "required",
    (text) => `${text}\n[boot]\nefi-variables = false\n`,
  );
  expect(hidden?.object).toBe("boot.efi-variables");
  expect(await withGrubEntry(false, "required")).toEqual([]);
  expect(await withGrubEntry(true, "untouched")).toEqual([]);
});

const withLoader = (loader: "none" | "other" | "extlinux", facts: Partial<Facts> = {}) =>
  by(judgeBootLoader, "uefi-ext4", {
    facts,
    system: { loader: { loader, efiVariableUse: undefined } },
  });

test("no boot loader, one that nobody knows, and one for boards on a PC", async () => {
  expect(kinds(await withLoader("none"))).toEqual([["preflight/boot-loader-none", "error"]]);
  expect(kinds(await withLoader("other"))).toEqual([["preflight/boot-loader-unknown", "note"]]);
  expect(kinds(await withLoader("extlinux"))).toEqual([["preflight/extlinux-on-pc", "warning"]]);
  expect(kinds(await withLoader("extlinux", { system: "aarch64-linux" }))).toEqual([]);
});

test("systemd-boot with 64 bits on firmware with 32", async () => {
  const facts: Partial<Facts> = {
    firmware: { kind: "uefi", bits: 32, efiVariables: "writable" },
  };
  expect(kinds(await by(judgeBootLoader, "uefi-ext4", { facts }))).toEqual([
    ["preflight/firmware-32-bit", "error"],
  ]);
});

test("a system without boot.json is a warning with systemd-boot, and nothing with GRUB", async () => {
  const inputs = await layoutInputs("uefi-ext4");
  const { bootspec: _, ...system } = inputs.system;
  expect(kinds(judgeBootLoader({ ...inputs, system }))).toEqual([
    ["preflight/bootspec-missing", "warning"],
  ]);
  const other = await layoutInputs("bios-ext4");
  const { bootspec: __, ...grub } = other.system;
  expect(judgeBootLoader({ ...other, system: grub })).toEqual([]);
});

const movedEsp = (text: string) => text.replace('filesystem."/boot"', 'filesystem."/efi"');

test("an ESP that is mounted elsewhere than the boot loader expects it", async () => {
  const findings = await by(judgeEsp, "uefi-ext4", { manifest: movedEsp });
  expect(told(findings)).toEqual([
    'preflight/esp-not-mounted filesystem."/boot": the system\'s boot loader expects the EFI system partition on /boot, but the manifest mounts the EFI system partition on /efi',
  ]);
  expect(findings[0]?.hint).toBe(
    'Set boot.loader.efi.efiSysMountPoint = "/efi" in the NixOS configuration, or call it filesystem."/boot" in the manifest.',
  );
  expect(
    kinds(
      await by(judgeEsp, "hybrid-grub", {
        manifest: (text) => text.replace('"/boot/efi"', '"/efi"'),
      }),
    ),
  ).toEqual([["preflight/esp-not-mounted", "error"]]);
});

const ext4Boot = (text: string) =>
  text.replace('type = "esp"', 'type = "linux"').replace('type = "vfat"', 'type = "ext4"');

const untypedEsp = (text: string) => text.replace('type = "esp"', 'type = "linux"');

test("what is no vfat, and what is no ESP", async () => {
  expect(kinds(await by(judgeEsp, "uefi-ext4", { manifest: ext4Boot }))).toEqual([
    ["preflight/esp-not-vfat", "error"],
  ]);
  const findings = await by(judgeEsp, "uefi-ext4", { manifest: untypedEsp });
  expect(told(findings)).toEqual([
    'preflight/esp-type filesystem."/boot": the system\'s boot loader expects the EFI system partition there, but main.esp has another type',
  ]);
});

test("a partition for kernels that the manifest does not mount", async () => {
  const { system } = await layoutInputs("uefi-ext4");
  const loader = { ...system.loader, efiSysMountPoint: "/boot", xbootldrMountPoint: "/xboot" };
  expect(told(await by(judgeEsp, "uefi-ext4", { system: { loader } }))).toEqual([
    expect.stringMatching(/^preflight\/esp-not-mounted filesystem\."\/xboot": .*XBOOTLDR/),
  ]);
});

test("BIOS firmware looks at no ESP", async () => {
  const changes = {
    facts: bios,
    manifest: (text: string) => text.replace('"/boot/efi"', '"/efi"'),
  };
  expect(told(await by(judgeEsp, "hybrid-grub", changes))).toEqual([]);
});

/** The findings about GRUB on other devices than the layout's. */
async function grubOn(name: LayoutName, devices: readonly string[], changes: Changes = {}) {
  const loader = {
    loader: "grub",
    efiVariableUse: undefined,
    grub: [{ bootPath: "/boot", devices, forBios: true, forUefi: false }],
  } as const;
  return await by(judgeGrubDevices, name, { ...changes, system: { loader } });
}

test("GRUB on a disk that is not there", async () => {
  const [finding, ...others] = await grubOn("bios-ext4", ["/dev/sda"]);
  expect(others).toEqual([]);
  expect(finding?.id).toBe("preflight/grub-device-missing");
  expect(finding?.hint).toBe(
    'Set boot.loader.grub.device = "/dev/disk/by-id/virtio-landfall-main" in the NixOS configuration.',
  );
  const udev = { ...(await layoutInputs("bios-ext4")).facts.liveSystem, udev: false };
  const link = "/dev/disk/by-id/ata-DISK_4711";
  expect(kinds(await grubOn("bios-ext4", [link]))).toEqual([
    ["preflight/grub-device-missing", "error"],
  ]);
  // Without udev nobody knows all links.
  expect(await grubOn("bios-ext4", [link], { facts: { liveSystem: udev } })).toEqual([]);
});

test("GRUB on a disk that the manifest does not name is never allowed", async () => {
  const { facts } = await layoutInputs("lvm");
  const foreign = {
    path: "/dev/vdz",
    serial: "other",
    links: ["/dev/disk/by-id/virtio-other"],
  };
  const [main, second] = facts.disks;
  if (main === undefined || second === undefined) throw new Error("no disks");
  const disks = [main, second, { ...main, ...foreign }];
  const findings = await grubOn("lvm", ["/dev/disk/by-id/virtio-other"], { facts: { disks } });
  expect(kinds(findings)).toEqual([
    ["preflight/grub-device-foreign", "error"],
    ["preflight/grub-device-left-out", "warning"],
  ]);
});

test("GRUB where there is no place for it", async () => {
  expect(kinds(await grubOn("lvm", ["/dev/disk/by-id/virtio-landfall-second"]))).toEqual([
    ["preflight/grub-device-no-place", "error"],
    ["preflight/grub-device-left-out", "warning"],
  ]);
  expect(told(await grubOn("bios-ext4", ["/dev/disk/by-id/virtio-landfall-main-part2"]))).toEqual([
    "preflight/grub-device-no-place boot.loader.grub.devices: the system installs GRUB on /dev/disk/by-id/virtio-landfall-main-part2, which is a partition of /dev/vda: it belongs on the disk",
  ]);
});

test("GRUB by the kernel's name of one of several disks is a warning", async () => {
  expect(kinds(await grubOn("lvm", ["/dev/vda"]))).toEqual([
    ["preflight/grub-device-name", "warning"],
  ]);
  expect(await grubOn("bios-ext4", ["/dev/vda"])).toEqual([]);
});

const withBootFiles = (kernel: number, initrd: number) =>
  by(judgeBootRoom, "uefi-ext4", { system: { bootFiles: { kernel, initrd } } });

test("kernel and initrd that do not fit, once or twice, with the numbers", async () => {
  expect(told(await withBootFiles(20 * MiB, 300 * MiB))).toEqual([
    'preflight/boot-room filesystem."/boot": what the system boots from needs 321 MiB there (kernel 20 MiB, initrd 300 MiB, boot loader 1 MiB), but main.esp has room for 251 MiB',
  ]);
  expect(kinds(await withBootFiles(20 * MiB, 150 * MiB))).toEqual([
    ["preflight/boot-room-tight", "warning"],
  ]);
  expect(await withBootFiles(20 * MiB, 100 * MiB)).toEqual([]);
  // Nobody knows how large they are.
  expect(await withBootFiles(0, 0)).toEqual([]);
});

test("specialisations boot from kernels and initrds of their own", async () => {
  const bootFiles = {
    kernel: 20 * MiB,
    initrd: 100 * MiB,
    specialisations: { count: 2, size: 110 * MiB },
  };
  expect(told(await by(judgeBootRoom, "uefi-ext4", { system: { bootFiles } }))).toEqual([
    'preflight/boot-room-tight filesystem."/boot": main.esp has room for 251 MiB, and two generations need 461 MiB (kernel 20 MiB, initrd 100 MiB, 2 specialisations 110 MiB, boot loader 1 MiB): the next one would not fit beside this one',
  ]);
  const more = { ...bootFiles, specialisations: { count: 1, size: 150 * MiB } };
  expect(told(await by(judgeBootRoom, "uefi-ext4", { system: { bootFiles: more } }))).toEqual([
    'preflight/boot-room filesystem."/boot": what the system boots from needs 271 MiB there (kernel 20 MiB, initrd 100 MiB, 1 specialisation 150 MiB, boot loader 1 MiB), but main.esp has room for 251 MiB',
  ]);
});

test("GRUB reads kernels from the store where /boot is no file system of its own", async () => {
  const system = { bootFiles: { kernel: 200 * MiB, initrd: 4000 * MiB } };
  expect(await by(judgeBootRoom, "bios-ext4", { system })).toEqual([]);
  expect(kinds(await by(judgeBootRoom, "lvm", { system }))).toEqual([
    ["preflight/boot-room", "error"],
  ]);
});
