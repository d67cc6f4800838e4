import { describe, expect, test } from "bun:test";
import type { FileSystemTable } from "../../../../src/disk/file-systems/index.ts";
import { mountStep, mountSteps } from "../../../../src/disk/objects/mount.ts";
import type { PlannedDevice } from "../../../../src/disk/storage-object.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import { partition, planContext, refusal } from "./planning.ts";

const devices = [
  partition(1),
  partition(2, { kept: true }),
  partition(3, { reference: "pool", pool: "btrfs" }),
  partition(2, { reference: "wide", pool: "btrfs", members: ["/dev/vda2", "/dev/vda3"] }),
  partition(3, { reference: "tank", path: "tank", pool: "zfs" }),
  partition(3, { reference: "both", path: "/dev/vda2:/dev/vda3", pool: "bcachefs" }),
];

function steps(
  tables: Readonly<Record<string, FileSystemTable>>,
  more: readonly PlannedDevice[] = [],
) {
  return mountSteps(tables, planContext([...devices, ...more]).device, "/mnt");
}

/** The commands by which one file system is mounted. */
function commands(target: string, table: FileSystemTable): string[] {
  return steps({ [target]: table }).flatMap((step) => mountStep.commands(step).map(formatCommand));
}

const ext4 = { type: "ext4", device: "main.p1", options: [] as string[] } as const;
const kept = { ...ext4, device: "main.p2" } as const;

describe("the commands", () => {
  test("of a device have the options of the manifest", () => {
    const options = ["fmask=0077", "nofail", "dmask=0077", "x-systemd.automount"];
    expect(commands("/boot", { type: "vfat", device: "main.p1", options })).toEqual([
      "mount -t vfat -o fmask=0077,dmask=0077 /dev/vda1 /mnt/boot",
    ]);
    expect(commands("/", ext4)).toEqual(["mount -t ext4 /dev/vda1 /mnt"]);
  });

  test("of a subvolume, a dataset and a pool name what is mounted", () => {
    const options = ["noatime"];
    const table = { type: "btrfs", device: "pool", options, subvolume: "@/var" } as const;
    expect(commands("/var", table)).toEqual([
      "mount -t btrfs -o subvol=@/var,noatime /dev/vda3 /mnt/var",
    ]);
    const wide = { ...table, device: "wide" } as const;
    expect(commands("/var", wide)).toEqual([
      "mount -t btrfs -o device=/dev/vda2,device=/dev/vda3,subvol=@/var,noatime /dev/vda2 /mnt/var",
    ]);
    expect(commands("/", { type: "zfs", device: "tank", options, dataset: "root/nixos" })).toEqual([
      "mount -t zfs -o noatime tank/root/nixos /mnt",
    ]);
    expect(commands("/", { type: "bcachefs", device: "both", options: [] })).toEqual([
      "mount -t bcachefs /dev/vda2:/dev/vda3 /mnt",
    ]);
  });

  test("of memory close the root directory to writers", () => {
    expect(commands("/", { type: "tmpfs", options: ["size=2G"] })).toEqual([
      "mount -t tmpfs -o mode=0755,size=2G tmpfs /mnt",
    ]);
    expect(commands("/", { type: "tmpfs", options: ["mode=0711"] })).toEqual([
      "mount -t tmpfs -o mode=0711 tmpfs /mnt",
    ]);
    expect(commands("/tmp", { type: "tmpfs", options: [] })).toEqual([
      "mount -t tmpfs tmpfs /mnt/tmp",
    ]);
  });

  test("of a bind mount set its options in a second call", () => {
    const bind = { type: "bind", device: "/persist/home", options: [] as string[] } as const;
    expect(commands("/home", bind)).toEqual(["mount -o bind /mnt/persist/home /mnt/home"]);
    expect(commands("/home", { ...bind, options: ["rbind", "ro", "noexec"] })).toEqual([
      "mount -o rbind /mnt/persist/home /mnt/home",
      "mount -o remount,bind,ro,noexec /mnt/home",
    ]);
  });
});

test("what is new is mounted for writing, what is kept as the manifest says", () => {
  const options = ["ro", "noatime"];
  expect(commands("/data", { ...ext4, options })[0]).toContain(" -o noatime ");
  expect(commands("/data", { ...kept, options })[0]).toContain(" -o ro,noatime ");
  expect(commands("/data", { ...kept, options, format: true })[0]).toContain(" -o noatime ");
  expect(refusal(() => steps({ "/data": { ...kept, options, mode: "0700" } }))).toBe(
    'filesystem."/data": filesystem."/data" is mounted read-only, and can be given no mode or owner',
  );
});

function attributes(target: string, table: FileSystemTable) {
  return steps({ [target]: table }).map(({ mode, owner }) => [mode, owner]);
}

test("only a new root gets mode and owner without being told", () => {
  expect(attributes("/", ext4)).toEqual([["0755", "0:0"]]);
  expect(attributes("/", { ...ext4, mode: "0711" })).toEqual([["0711", "0:0"]]);
  expect(attributes("/", kept)).toEqual([[undefined, undefined]]);
  expect(attributes("/home", ext4)).toEqual([[undefined, undefined]]);
  expect(attributes("/home", { ...kept, owner: "1000:100" })).toEqual([[undefined, "1000:100"]]);
});

test("noauto leaves a mount to the installed system; nofail makes it optional, but never the root", () => {
  const mounts = steps({
    "/": { ...ext4, options: ["nofail"] },
    "/backup": { ...kept, options: ["noauto"] },
    "/data": { ...kept, options: ["nofail"] },
  });
  expect(mounts.map(({ target, optional }) => [target, optional])).toEqual([
    ["/", false],
    ["/data", true],
  ]);
});

test("a kernel that lacks the file system of an optional mount is good enough", () => {
  for (const [options, modules] of [
    [[], ["xfs"]],
    [["nofail"], []],
  ] satisfies [string[], string[]][]) {
    const [step] = steps({ "/data": { type: "xfs", device: "main.p1", options } });
    expect(step === undefined ? undefined : mountStep.kernelModules?.(step)).toEqual(modules);
  }
});
