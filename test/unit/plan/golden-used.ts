import { join } from "node:path";
import type { Closure } from "../../../src/cache/closure.ts";
import type { Disk, Facts } from "../../../src/facts/facts.ts";
import { parsePartitionTable } from "../../../src/facts/partition-table.ts";
import type { PlanDocument } from "../../../src/plan/document/schema.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { fillIn } from "../../vm/layouts/fill-in.ts";
import { closure, factsAfterRun, layoutPlan, manifestValues, planFor } from "./golden-machine.ts";
import { emptyDisk, machineFacts } from "./inputs.ts";

/* Machines whose disks hold something: what is lost, and what is kept beside what is new. */

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** A partition of {@link usedDisk}. Sizes are MiB. */
interface UsedPartition {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** What is on it. */
  readonly content?: { readonly type: string; readonly label?: string; readonly uuid?: string };
}

/** A disk with a GUID partition table, its partitions one after the other. */
function usedDisk(path: string, size: number, partitions: readonly UsedPartition[]): Disk {
  let next = MiB;
  const placed = partitions.map((partition, index) => {
    const start = next;
    next += partition.size * MiB;
    const device = `${path}${index + 1}`;
    return { ...partition, number: index + 1, device, start, bytes: partition.size * MiB };
  });
  const sfdisk = {
    partitiontable: {
      label: "gpt",
      id: "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
      device: path,
      unit: "sectors",
      firstlba: 2048,
      lastlba: size / 512 - 34,
      partitions: placed.map(({ name, type, number, device, start, bytes }) => ({
        node: device,
        start: start / 512,
        size: bytes / 512,
        type,
        uuid: `6B29FC40-CA47-1067-B31D-00DD0106620${number}`,
        name,
      })),
    },
  };
  return {
    ...emptyDisk,
    path,
    size,
    model: "Samsung SSD 870",
    table: parsePartitionTable(JSON.stringify(sfdisk), { size, logicalSectorSize: 512 }),
    partitions: placed.map(({ number, device, start, bytes }) => ({
      path: device,
      number,
      start,
      size: bytes,
    })),
    signatures: [
      { device: path, type: "gpt", size },
      { device: path, type: "dos", size },
      ...placed.flatMap(({ device, bytes, content }) =>
        content === undefined ? [] : [{ device, size: bytes, ...content }],
      ),
    ],
  };
}

const esp = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const basicData = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
const lvmType = "E6D6D379-F507-44C2-A23C-238F2A3DF928";

/** LVM with a mounted volume and swap, beside an EFI system partition. */
const lvmDisk: Disk = {
  ...usedDisk("/dev/vda", 64 * GiB, [
    { name: "", size: 512, type: esp, content: { type: "vfat", label: "EFI", uuid: "1234-ABCD" } },
    { name: "data", size: 40960, type: lvmType, content: { type: "LVM2_member", uuid: "aOKh5c" } },
  ]),
  holders: [
    { kind: "device-mapper", device: "/dev/vda2", name: "vg-photos", path: "/dev/dm-0" },
    { kind: "mount", device: "/dev/dm-0", name: "/media/photos" },
    { kind: "device-mapper", device: "/dev/vda2", name: "vg-swap", path: "/dev/dm-1" },
    { kind: "swap", device: "/dev/dm-1", name: "/dev/dm-1" },
  ],
  groups: [{ kind: "volume-group", device: "/dev/vda2", uuid: "Yqm4Ez", name: "vg" }],
};

/** The disk of another system, with free space at its end. */
const windowsDisk = usedDisk("/dev/vda", 64 * GiB, [
  {
    name: "EFI system partition",
    size: 512,
    type: esp,
    content: { type: "vfat", uuid: "5A1E-09F2" },
  },
  { name: "Microsoft reserved partition", size: 16, type: "E3C9E316-0B5C-4DB8-817D-F92DF00215AE" },
  {
    name: "Basic data partition",
    size: 32768,
    type: basicData,
    content: { type: "ntfs", label: "Windows", uuid: "01D9A3C4B5E6F708" },
  },
]);

/** A disk that the manifest does not name. */
const other: Disk = {
  ...emptyDisk,
  path: "/dev/vdb",
  size: 2000 * GiB,
  serial: "landfall-other",
  links: ["/dev/disk/by-id/virtio-landfall-other"],
};

function machine(...disks: Disk[]): Facts {
  return { ...machineFacts, disks };
}

const wipeManifest = hostManifest({
  firmware: "uefi",
  toplevel: manifestValues["@toplevel@"],
  substituter: "https://cache.example.org",
  publicKey: manifestValues["@public-key@"],
  tarball: "/root/nix.tar.xz",
  action: "reboot",
}).replace("[disk.main]", "[disk.main]\nwipe = true");

const dualBoot = join(import.meta.dir, "../../vm/scenarios/dual-boot.toml");

function dualBootManifest(): Promise<string> {
  return fillIn(dualBoot, manifestValues);
}

/** A manifest whose system comes from a store that only Nix can read, but for what the cache has. */
const storeManifest = wipeManifest.replace(
  /^substituters = .*$/m,
  'substituters = ["https://cache.example.org", "ssh://builder:22"]',
);

const fromStore: Closure = {
  ...closure,
  paths: closure.paths.filter(({ storePath }) => storePath !== closure.toplevel),
  copies: closure.paths
    .filter(({ storePath }) => storePath === closure.toplevel)
    .map(({ storePath, narHash, narSize, references }) => ({
      storePath,
      store: "ssh://builder:22",
      narHash,
      narSize,
      references,
    })),
};

/** A manifest that accepts what would stop the install, and has more to be told of. */
const allowingManifest = wipeManifest
  .replace("version = 1\n", 'version = 1\nallow = ["preflight/room", "preflight/etc-overlay"]\n')
  .replace(/^trusted-public-keys = .*$/m, "require-sigs = false")
  .replace(/^device = ".*"$/m, 'device = "/dev/vda"');

const hugeClosure: Closure = { ...closure, narSize: 80 * GiB };

/** The plans for these machines, by name. */
export const usedMachines: Readonly<Record<string, () => PlanDocument | Promise<PlanDocument>>> = {
  "used-disk": () => planFor(wipeManifest, machine(lvmDisk, other)),
  "nix-store": () => planFor(storeManifest, machine(other, emptyDisk), { closure: fromStore }),
  findings: () => planFor(allowingManifest, machine(lvmDisk, other), { closure: hugeClosure }),
  "dual-boot": async () => planFor(await dualBootManifest(), machine(windowsDisk)),
  "formatted-partition": async () =>
    planFor(`${await dualBootManifest()}format = true\n`, machine(windowsDisk)),
  "broken-off-early": async () => layoutPlan("luks-lvm", await factsAfterRun("luks-lvm", false)),
  "broken-off-late": async () => layoutPlan("luks-lvm", await factsAfterRun("luks-lvm", true)),
  "broken-off-late-raid": async () =>
    layoutPlan("luks-raid", await factsAfterRun("luks-raid", true)),
};
