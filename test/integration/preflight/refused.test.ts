import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { layoutKinds } from "../../../src/findings/kinds/layout.ts";
import { loaderKinds } from "../../../src/findings/kinds/loader.ts";
import { systemKinds } from "../../../src/findings/kinds/system.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import {
  grubOn,
  hiddenGrubAt,
  type PreflightClosures,
  type PreflightSystem,
  preflightClosures,
  soundSystem,
  systemdBootAt,
} from "../../support/preflight-closures.ts";
import {
  type LiveOptions,
  type PreflightMachine,
  preflightMachine,
} from "../../support/refused-install.ts";

/*
 * What is found about a system before a disk is touched: the installer as it is, real closures in a real cache over HTTP,
 * and disks of which no byte may change.
 */

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

/** A way in which an install cannot end well. */
interface Scenario {
  /** What the system has other than a sound one. */
  readonly system?: Partial<PreflightSystem>;
  /** The manifest's storage; that of a sound one unless given. */
  readonly storage?: string;
  readonly live?: LiveOptions;
  /** The errors that it is refused for, all at once. */
  readonly errors: readonly string[];
}

const root = soundSystem.fstab;
const withLine = (line: string): Partial<PreflightSystem> => ({ fstab: `${root}${line}\n` });

/** A disk for a BIOS with root behind further partitions. */
function biosDisk(...further: readonly string[]): string {
  const names = [
    ...further.map((name) => `{ name = "${name}", size = "16MiB" }`),
    '{ name = "root" }',
  ];
  return `[disk.main]
device = "/dev/disk/by-id/landfall-main"
wipe = true
partition = [{ name = "bios", size = "1MiB", type = "bios-boot" }, ${names.join(", ")}]
`;
}

const rootTable = `[filesystem."/"]
device = "main.root"
type = "ext4"
label = "nixos"
`;

function mountOn(mountPoint: string, device: string): string {
  return `[filesystem."${mountPoint}"]\ndevice = "${device}"\ntype = "ext4"\n`;
}

const sound = biosDisk() + rootTable;

/** Root in something that is made on a partition. */
function rootOn(device: string, ...tables: readonly string[]): string {
  return `${biosDisk("other")}${tables.join("\n")}\n${rootTable.replace("main.root", device)}`;
}

/** A disk for UEFI whose second partition is mounted somewhere. */
function uefiDisk(mountPoint: string, type = "esp", fileSystem = "vfat"): string {
  return `[disk.main]
device = "/dev/disk/by-id/landfall-main"
wipe = true
partition = [
  { name = "esp", size = "40MiB", type = "esp" },
  { name = "boot", size = "40MiB", type = "${type}" },
  { name = "root" },
]
${rootTable}
[filesystem."/firmware"]
device = "main.esp"
type = "vfat"
[filesystem."${mountPoint}"]
device = "main.boot"
type = "${fileSystem}"
`;
}

const secondDisk = `[disk.second]
device = "/dev/disk/by-id/landfall-second"
wipe = true
partition = [{ name = "data" }]
`;

const uuid = "0b1fd7d2-0000-4000-8000-000000000000";

const scenarios: Readonly<Record<string, Scenario>> = {
  "root by a UUID that nothing has": {
    system: { fstab: `UUID=${uuid} / ext4 defaults 0 1\n` },
    errors: ["fstab-root-mismatch"],
  },
  "what is no system": { system: { system: "" }, errors: ["no-nixos-system"] },
  "a system for a container": { system: { fstab: "" }, errors: ["fstab-root-missing"] },
  "mounts of other types, of other disks, of none, and over the store": {
    system: {
      fstab: `/dev/disk/by-label/nixos / xfs defaults 0 1
LABEL=nixos /data ext4 defaults 0 2
LABEL=media /media ext4 defaults 0 2
/persist/nix /nix none bind 0 0\n`,
    },
    storage: `${biosDisk("data")}${rootTable}${mountOn("/data", "main.data")}`,
    errors: [
      "fstab-device-missing",
      "fstab-hides-system",
      "fstab-mount-mismatch",
      "fstab-type-mismatch",
    ],
  },
  "another subvolume": {
    system: { fstab: "LABEL=nixos / btrfs subvol=@root 0 0\n" },
    storage: `${biosDisk()}[btrfs.pool]
devices = ["main.root"]
label = "nixos"
mkfs-options = ["--mixed"]
[filesystem."/"]
device = "pool"
type = "btrfs"
subvolume = "@"
`,
    errors: ["fstab-subvolume-mismatch"],
  },
  "swap that nothing is, swap to a file system, and swap that would destroy one": {
    system: withLine(
      `UUID=${uuid} none swap defaults
PARTLABEL=other none swap defaults
/dev/mapper/dev-disk-byx2dlabel-nixos none swap defaults`,
    ),
    storage: `${biosDisk("other")}${rootTable}${mountOn("/other", "main.other")}`,
    errors: ["fstab-swap-mismatch", "fstab-swap-missing", "swap-overwrites"],
  },
  "LUKS that the initrd does not open, since it waits for another": {
    system: { initrdCommands: [`cryptsetup luksOpen /dev/disk/by-uuid/${uuid} cryptroot`] },
    storage: rootOn(
      "cryptroot",
      '[luks.cryptroot]\ndevice = "main.root"\npassphrase = { env = "LANDFALL_PASSPHRASE" }',
    ),
    errors: ["luks-device-missing", "luks-not-opened"],
  },
  "an array that the initrd does not assemble": {
    system: { modules: ["ext4"] },
    storage: rootOn(
      "mirror",
      '[raid.mirror]\nlevel = 1\nmetadata = "1.0"\ndevices = ["main.other", "main.root"]',
    ),
    // The tests of arrays are in virtual machines: this machine need not have what makes one.
    errors: [...(Bun.which("mdadm") === null ? ["program-missing"] : []), "raid-not-assembled"],
  },
  "volumes that the initrd does not activate, and kernel parameters for another layout": {
    system: {
      fstab: "/dev/vg/root / ext4 defaults 0 1\n",
      kernelParameters: "root=LABEL=other resume=LABEL=hibernate",
    },
    storage: rootOn("vg.root", '[lvm.vg]\ndevices = ["main.root"]\nvolume = [{ name = "root" }]'),
    errors: ["kernel-root-mismatch", "lvm-not-activated", "resume-mismatch"],
  },
  "another architecture, no boot loader, a store that is not mounted, an overlay on an old kernel":
    {
      system: {
        system: "aarch64-linux",
        loader: { name: "no-bootloader", text: "" },
        hasEtcOverlay: true,
      },
      storage: `${biosDisk("nix")}${rootTable}${mountOn("/nix", "main.nix")}`,
      live: { isOldKernel: true },
      errors: ["architecture", "boot-loader-none", "etc-overlay", "store-not-mounted"],
    },
  "systemd-boot on a BIOS": {
    system: { loader: systemdBootAt("/boot") },
    errors: ["boot-loader-firmware"],
  },
  "GRUB for a BIOS on UEFI": {
    storage: uefiDisk("/boot"),
    live: { uefiBits: 64 },
    errors: ["boot-loader-firmware", "grub-device-no-place"],
  },
  "GRUB that firmware does not find, since the manifest keeps it from saying where it is": {
    system: { loader: hiddenGrubAt("/boot") },
    storage: `${uefiDisk("/boot")}[boot]\nefi-variables = false\n`,
    live: { uefiBits: 64 },
    errors: ["grub-without-entry"],
  },
  "an ESP elsewhere, on firmware with 32 bits": {
    system: { loader: systemdBootAt("/efi") },
    storage: uefiDisk("/boot"),
    live: { uefiBits: 32 },
    errors: ["esp-not-mounted", "firmware-32-bit"],
  },
  "an ESP of another file system": {
    system: { loader: systemdBootAt("/boot") },
    storage: uefiDisk("/boot", "linux", "ext4"),
    live: { uefiBits: 64 },
    errors: ["esp-not-vfat"],
  },
  "an ESP of another type": {
    system: { loader: systemdBootAt("/boot") },
    storage: uefiDisk("/boot", "linux"),
    live: { uefiBits: 64 },
    errors: ["esp-type"],
  },
  "GRUB on a disk that is not there, on somebody else's, and on one without a place": {
    system: {
      loader: grubOn(
        "/dev/disk/by-id/landfall-main",
        "/dev/landfall-none",
        "/dev/disk/by-id/landfall-foreign",
        "/dev/disk/by-id/landfall-second",
      ),
    },
    storage: `${biosDisk()}${secondDisk}${rootTable}`,
    errors: ["grub-device-foreign", "grub-device-missing", "grub-device-no-place"],
  },
  "a kernel that does not fit into /boot": {
    system: { ...withLine("LABEL=boot /boot ext4 defaults 0 2"), kernelSize: 20 * MiB },
    storage: `${biosDisk("boot")}${rootTable}${mountOn("/boot", "main.boot")}label = "boot"\n`,
    errors: ["boot-room"],
  },
};

/** A scenario's name as Nix takes it. */
function attribute(name: string): string {
  return name.replaceAll(/[^A-Za-z]+/g, "-");
}

let closures: PreflightClosures;
let cache: WebServer;
let machine: PreflightMachine;

beforeAll(async () => {
  const systems = Object.entries(scenarios).map(([name, { system }]) => [
    attribute(name),
    system ?? {},
  ]);
  closures = await preflightClosures({ sound: {}, ...Object.fromEntries(systems) });
  cache = await serveDirectory(closures.cache);
  machine = await preflightMachine({ main: 128 * MiB, second: 16 * MiB, foreign: 16 * MiB });
}, 120_000);

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
});

function manifest(system: string, storage: string, further = ""): string {
  return `version = 1
${further}
[system]
toplevel = "${closures.toplevels[system]}"
seed = "preflight"
[cache]
substituters = ["${cache.url()}"]
trusted-public-keys = ["${closures.publicKey}"]
${storage}`;
}

test("a system that fits is planned", async () => {
  const run = await machine.run("plan", manifest("sound", sound));
  expect({ exitCode: run.exitCode, isUntouched: run.isUntouched }).toEqual({
    exitCode: 0,
    isUntouched: true,
  });
  expect(run.stdout + run.stderr).not.toContain("preflight/");
});

describe("is refused before a disk is touched", () => {
  test.each(Object.entries(scenarios))("%s", async (name, { storage = sound, live, errors }) => {
    const text = manifest(attribute(name), storage);
    const run = await machine.run("install", text, live);
    expect({ exitCode: run.exitCode, errors: run.errors, isUntouched: run.isUntouched }).toEqual({
      exitCode: 4,
      errors: errors.toSorted(),
      isUntouched: true,
    });
  });
});

test("every error about what a system expects of the machine is among them", () => {
  const kinds = Object.entries({ ...systemKinds, ...layoutKinds, ...loaderKinds });
  const all = kinds.filter(([, { severity }]) => severity === "error").map(([id]) => id);
  const provoked = Object.values(scenarios).flatMap(({ errors }) => errors);
  expect(all.filter((id) => !provoked.includes(id.replace("preflight/", "")))).toEqual([]);
});

test("what is allowed is a warning, and the plan is made", async () => {
  const name = attribute("root by a UUID that nothing has");
  const allow = 'allow = ["preflight/fstab-root-mismatch"]';
  const { exitCode, stdout } = await machine.run("plan", manifest(name, sound, allow));
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain("(allowed by the manifest)");
});
