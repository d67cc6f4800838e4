import { join } from "node:path";
import { planStorage } from "../../../../src/disk/plan-storage.ts";
import type { Disk, Facts } from "../../../../src/facts/facts.ts";
import type { Finding } from "../../../../src/findings/finding.ts";
import { parseManifest } from "../../../../src/manifest/parse.ts";
import type { PreflightInputs } from "../../../../src/plan/preflight/inputs.ts";
import { parseFstab } from "../../../../src/system-info/fstab.ts";
import type { InitrdInfo, SystemInfo } from "../../../../src/system-info/system-info.ts";
import type { LayoutName } from "../../../system/layouts.ts";
import type { Disk as MachineDisk } from "../../../vm/disks.ts";
import { layouts } from "../../../vm/layouts/layouts.ts";
import { emptyDisk, machineFacts } from "../inputs.ts";
import { type LayoutSystem, layoutSystems } from "./layout-systems.ts";

const MiB = 2 ** 20;

const toplevel = "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11";

/** What a test has other than the rest. */
export interface Changes {
  readonly facts?: Partial<Facts>;
  readonly system?: Partial<SystemInfo>;
  /** Makes another manifest of the layout's. */
  readonly manifest?: (text: string) => string;
  /** Makes another `etc/fstab` of the system's. */
  readonly fstab?: (text: string) => string;
  readonly initrd?: Partial<InitrdInfo>;
}

/** A blank disk of the machine that a layout is installed on. */
function blankDisk(
  { name, size, bus = "virtio", sectorSize = 512 }: MachineDisk,
  index: number,
): Disk {
  const letter = String.fromCharCode("a".charCodeAt(0) + index);
  const isNvme = bus === "nvme";
  const path = isNvme ? `/dev/nvme${index}n1` : `/dev/vd${letter}`;
  const link = isNvme ? `nvme-QEMU_NVMe_Ctrl_landfall-${name}` : `virtio-landfall-${name}`;
  return {
    ...emptyDisk,
    path,
    size: size * MiB,
    logicalSectorSize: sectorSize,
    transport: isNvme ? "nvme" : "virtio",
    serial: `landfall-${name}`,
    links: [`/dev/disk/by-id/${link}`],
  };
}

/** The disk that the layout `data-disks` keeps: one partition, named and labelled archive. */
function archiveDisk(disk: Disk): Disk {
  const part = { path: `${disk.path}1`, number: 1, start: MiB, size: 62 * MiB };
  return {
    ...disk,
    partitions: [part],
    table: {
      label: "gpt",
      id: "5f0c0d4e-0000-4000-8000-000000000001",
      usable: { start: MiB, end: 63 * MiB },
      entries: 128,
      partitions: [
        {
          ...part,
          type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
          uuid: "5f0c0d4e-0000-4000-8000-000000000002",
          label: "archive",
          attributes: "",
        },
      ],
    },
    signatures: [
      { device: disk.path, type: "gpt", size: disk.size },
      {
        device: part.path,
        type: "ext4",
        label: "archive",
        uuid: "5f0c0d4e-0000-4000-8000-000000000003",
        size: part.size,
      },
    ],
  };
}

function layoutDisks(name: LayoutName): Disk[] {
  const disks = layouts[name].disks ?? [{ name: "main", size: 2048 }];
  return disks
    .map(blankDisk)
    .map((disk) => (disk.serial === "landfall-archive" ? archiveDisk(disk) : disk));
}

const esp = "/dev/disk/by-label/ESP /boot vfat fmask=0077,dmask=0077 0 2";

function loaderOf(system: LayoutSystem): SystemInfo["loader"] {
  const { grub, mirrored, relaxesEspChecks = false } = system;
  if (grub === undefined && mirrored === undefined) {
    return {
      loader: "systemd-boot",
      efiVariableUse: "required",
      efiSysMountPoint: "/boot",
      ...(relaxesEspChecks ? { relaxedChecks: ["esp"] } : {}),
    };
  }
  const places = mirrored ?? [undefined];
  return {
    loader: "grub",
    efiVariableUse: undefined,
    grub: places.map((efiSysMountPoint) => ({
      bootPath: grub === undefined ? (efiSysMountPoint ?? "/boot") : "/boot",
      devices: grub ?? ["nodev"],
      ...(efiSysMountPoint === undefined ? {} : { efiSysMountPoint }),
      forBios: grub !== undefined,
      forUefi: efiSysMountPoint !== undefined,
    })),
  };
}

function systemOf(name: LayoutName, changes: Changes): SystemInfo {
  const system = layoutSystems[name];
  const text = system.esp === false ? system.fstab : `${system.fstab}\n${esp}`;
  const kernelParameters = ["console=ttyS0,115200n8", ...(system.kernelParameters ?? [])];
  return {
    closure: {
      toplevel,
      substituters: ["https://cache.example.org/"],
      paths: [],
      downloadSize: 50 * MiB,
      narSize: 160 * MiB,
    },
    system: "x86_64-linux",
    kernelParameters,
    fstab: parseFstab(changes.fstab?.(text) ?? text),
    crypttab: [],
    bootspec: {
      system: "x86_64-linux",
      kernel: "/nix/store/x-linux/bzImage",
      kernelParams: kernelParameters,
      label: "NixOS",
      init: `${toplevel}/init`,
      toplevel,
      specialisations: {},
    },
    loader: loaderOf(system),
    bootFiles: { kernel: 11 * MiB, initrd: 20 * MiB },
    hasEtcOverlay: false,
    initrd: {
      kind: "script",
      modules: ["virtio_blk", "virtio_pci", ...(system.modules ?? [])],
      builtinModules: ["btrfs", "dm_crypt", "dm_mod", "ext4", "f2fs", "xfs"],
      aliases: [],
      luksDevices: Object.entries(system.luks ?? {}).map(([mapping, device]) => ({
        name: mapping,
        device,
      })),
      hasMdadm: system.modules?.includes("md_mod") ?? false,
      hasLvm: system.hasLvm ?? false,
      ...changes.initrd,
    },
    ...changes.system,
  };
}

/** Everything that is known of a layout and its system on a fitting machine, with anything replaceable. */
export async function layoutInputs(
  name: LayoutName,
  changes: Changes = {},
): Promise<PreflightInputs> {
  const file = join(import.meta.dir, "../../../vm/layouts", `${name}.toml`);
  const filled = (await Bun.file(file).text())
    .replace("@toplevel@", toplevel)
    .replace("@substituter@", "https://cache.example.org")
    .replace("@public-key@", "cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  const { manifest } = parseManifest({ file, text: changes.manifest?.(filled) ?? filled });
  const facts: Facts = {
    ...machineFacts,
    memory: { total: 256 * MiB, available: 200 * MiB },
    firmware:
      layouts[name].firmware === "bios"
        ? { kind: "bios" }
        : { kind: "uefi", bits: 64, efiVariables: "writable" },
    disks: layoutDisks(name),
    ...changes.facts,
  };
  const root = "/mnt";
  const storage = planStorage({
    tables: manifest,
    facts,
    root,
    identifierSeed: () => manifest.system.seed ?? "host",
  });
  return { manifest, facts, root, storage, system: systemOf(name, changes) };
}

/** Findings as lines: `preflight/luks-not-opened luks.cryptroot: the system …`. */
export function told(findings: readonly Finding[]): string[] {
  return findings.map(({ id, object, message }) => `${id} ${object}: ${message}`);
}
