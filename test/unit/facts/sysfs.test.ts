import { describe, expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readBlockDevice, readPartitions } from "../../../src/facts/block-device.ts";
import { expectedLinks, readDeviceLinks } from "../../../src/facts/device-links.ts";
import { readHardwareIdentity } from "../../../src/facts/disk-identity.ts";
import { readFirmware } from "../../../src/facts/firmware.ts";
import { findHolders } from "../../../src/facts/holders.ts";
import { parseMountInfo } from "../../../src/linux/mount-info.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** Writes a tree of files; a value that begins with `->` is a link. */
async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    await mkdir(dirname(full), { recursive: true });
    if (content.startsWith("->")) await symlink(content.slice(2), full);
    else await Bun.write(full, content);
  }
}

const nvme = "devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0";

/** An NVMe disk with a partition under LVM, as Linux 6.1 shows it. */
const nvmeTree = {
  [`${nvme}/serial`]: "S64DNF0R123456      \n",
  [`${nvme}/model`]: "Samsung SSD 980 500GB                   \n",
  [`${nvme}/nvme0n1/device`]: "->../../nvme0",
  [`${nvme}/nvme0n1/dev`]: "259:0\n",
  [`${nvme}/nvme0n1/size`]: "976773168\n",
  [`${nvme}/nvme0n1/wwid`]: "eui.002538d411b4c3a1\n",
  [`${nvme}/nvme0n1/uevent`]: "MAJOR=259\nMINOR=0\nDEVNAME=nvme0n1\nDEVTYPE=disk\n",
  [`${nvme}/nvme0n1/nvme0n1p1/dev`]: "259:1\n",
  [`${nvme}/nvme0n1/nvme0n1p1/partition`]: "1\n",
  [`${nvme}/nvme0n1/nvme0n1p1/start`]: "2048\n",
  [`${nvme}/nvme0n1/nvme0n1p1/size`]: "1048576\n",
  [`${nvme}/nvme0n1/nvme0n1p1/uevent`]: "DEVNAME=nvme0n1p1\nDEVTYPE=partition\n",
  [`${nvme}/nvme0n1/nvme0n1p1/holders/dm-0`]: "->../../../../../../../virtual/block/dm-0",
  "devices/virtual/block/dm-0/dev": "253:0\n",
  "devices/virtual/block/dm-0/size": "1048000\n",
  "devices/virtual/block/dm-0/dm/name": "vg-root\n",
  "devices/virtual/block/dm-0/dm/uuid": "LVM-cLExMZIBDG\n",
  "devices/virtual/block/dm-0/uevent": "DEVNAME=dm-0\n",
  "devices/virtual/block/dm-0/holders/md127": "->../../md127",
  "devices/virtual/block/md127/dev": "9:127\n",
  "devices/virtual/block/md127/size": "1047000\n",
  "devices/virtual/block/md127/md/level": "raid1\n",
  "devices/virtual/block/md127/uevent": "DEVNAME=md127\n",
  "class/block/nvme0n1": `->../../${nvme}/nvme0n1`,
  "class/block/nvme0n1p1": `->../../${nvme}/nvme0n1/nvme0n1p1`,
  "class/block/dm-0": "->../../devices/virtual/block/dm-0",
  "class/block/md127": "->../../devices/virtual/block/md127",
};

describe("sysfs shows", () => {
  test("a disk, its partitions and what it is", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    await writeTree(sysfs.path, nvmeTree);
    expect(await readBlockDevice("nvme0n1", sysfs.path)).toEqual({
      name: "nvme0n1",
      path: "/dev/nvme0n1",
      number: "259:0",
      size: 500_107_862_016,
    });
    expect(await readPartitions("nvme0n1", sysfs.path)).toEqual([
      {
        name: "nvme0n1p1",
        path: "/dev/nvme0n1p1",
        number: "259:1",
        size: 2 ** 29,
        partition: { number: 1, start: 2 ** 20 },
      },
    ]);
    expect(await readBlockDevice("sda", sysfs.path)).toBeUndefined();
    expect(await readHardwareIdentity("nvme0n1", new Map(), sysfs.path)).toEqual({
      serial: "S64DNF0R123456",
      wwn: "eui.002538d411b4c3a1",
      model: "Samsung SSD 980 500GB",
      transport: "nvme",
    });
  });

  test("a disk whose identity only udev has", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    await writeTree(sysfs.path, {
      "devices/x/block/sda/dev": "8:0\n",
      "class/block/sda": "->../../devices/x/block/sda",
    });
    const udev = new Map([
      ["ID_SERIAL_SHORT", "WD-1"],
      ["ID_WWN", "0x50014ee2b1234567"],
      ["ID_MODEL", "WDC_WD10"],
      ["ID_BUS", "ata"],
    ]);
    expect(await readHardwareIdentity("sda", udev, sysfs.path)).toEqual({
      serial: "WD-1",
      wwn: "0x50014ee2b1234567",
      model: "WDC_WD10",
      transport: "ata",
    });
  });

  test("mappings and arrays on a partition, and what is on those, also mounts by name", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    await writeTree(sysfs.path, nvmeTree);
    const disk = await readBlockDevice("nvme0n1", sysfs.path);
    if (disk === undefined) throw new Error("no disk");
    const usage = {
      mounts: parseMountInfo(
        "30 1 9:127 / /srv rw - ext4 /dev/root rw\n31 1 0:44 / /data rw - btrfs /dev/dm-0 rw\n",
      ),
      swaps: ["/srv/swapfile"],
      loops: [],
      pools: [],
      systemMountPoints: new Set<string>(),
      hiddenRoot: false,
    };
    const devices = [disk, ...(await readPartitions("nvme0n1", sysfs.path))];
    expect(await findHolders(devices, usage, sysfs.path)).toEqual([
      {
        kind: "device-mapper",
        device: "/dev/nvme0n1p1",
        name: "vg-root",
        path: "/dev/dm-0",
        uuid: "LVM-cLExMZIBDG",
      },
      { kind: "mount", device: "/dev/dm-0", name: "/data" },
      { kind: "md", device: "/dev/dm-0", name: "md127", path: "/dev/md127" },
      { kind: "mount", device: "/dev/md127", name: "/srv" },
      { kind: "swap", device: "/dev/md127", name: "/srv/swapfile" },
    ]);
  });

  test("an array that is not running, its partitions, and a device cached by bcache", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    const virtual = "devices/virtual/block";
    await writeTree(sysfs.path, {
      "devices/x/block/sda/dev": "8:0\n",
      "devices/x/block/sda/uevent": "DEVNAME=sda\n",
      "devices/x/block/sda/holders/md127": "->../../../../virtual/block/md127",
      "devices/x/block/sda/holders/bcache0": "->../../../../virtual/block/bcache0",
      "devices/x/block/sda/bcache/state": "clean\n",
      [`${virtual}/md127/dev`]: "9:127\n",
      [`${virtual}/md127/uevent`]: "DEVNAME=md127\n",
      [`${virtual}/md127/md/level`]: "\n",
      [`${virtual}/md127/md/array_state`]: "inactive\n",
      [`${virtual}/md127/md127p1/dev`]: "259:3\n",
      [`${virtual}/md127/md127p1/partition`]: "1\n",
      [`${virtual}/md127/md127p1/uevent`]: "DEVNAME=md127p1\n",
      [`${virtual}/bcache0/dev`]: "252:0\n",
      [`${virtual}/bcache0/uevent`]: "DEVNAME=bcache0\n",
      [`${virtual}/bcache0/bcache/stop`]: "",
      "class/block/sda": "->../../devices/x/block/sda",
      "class/block/md127": `->../../${virtual}/md127`,
      "class/block/md127p1": `->../../${virtual}/md127/md127p1`,
      "class/block/bcache0": `->../../${virtual}/bcache0`,
    });
    const disk = await readBlockDevice("sda", sysfs.path);
    if (disk === undefined) throw new Error("no disk");
    const usage = {
      mounts: [],
      swaps: [],
      loops: [],
      pools: [],
      systemMountPoints: new Set(""),
      hiddenRoot: false,
    };
    const device = "/dev/sda";
    const [array, part] = ["/dev/md127", "/dev/md127p1"];
    expect(await findHolders([disk], usage, sysfs.path)).toEqual([
      { kind: "bcache", device, name: "bcache0", path: "/dev/bcache0" },
      { kind: "md", device, name: "md127", path: array },
      { kind: "partition", device: array, name: part, path: part },
      { kind: "bcache", device, name: device },
    ]);
  });
});

function efiVariablesMount(target: string) {
  return parseMountInfo(`9 1 0:9 / ${target} rw - efivarfs none rw\n`);
}

describe("the firmware is", () => {
  test("BIOS where the kernel has no EFI directory", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    expect(await readFirmware([], sysfs.path)).toEqual({ kind: "bios" });
  });

  test("UEFI of its word size, with its variables mounted or not", async () => {
    await using sysfs = await scratchDirectory("sysfs");
    const variables = join(sysfs.path, "firmware/efi/efivars");
    await mkdir(variables, { recursive: true });
    await writeTree(sysfs.path, { "firmware/efi/fw_platform_size": "32\n" });
    expect(await readFirmware([], sysfs.path)).toEqual({
      kind: "uefi",
      bits: 32,
      efiVariables: "not-mounted",
    });
    expect(await readFirmware(efiVariablesMount(variables), sysfs.path)).toMatchObject({
      efiVariables: "writable",
    });
  });

  test("UEFI without variables where the kernel leaves them alone", async () => {
    await using places = await scratchDirectory("sysfs");
    await mkdir(join(places.path, "firmware/efi"), { recursive: true });
    const variablesWith = async (cmdline: string, realtime: string) => {
      await writeTree(places.path, { cmdline, "kernel/realtime": realtime });
      const firmware = await readFirmware([], places.path, places.path);
      return firmware.kind === "uefi" ? firmware.efiVariables : "none";
    };
    expect(await variablesWith("quiet efi=debug,noruntime\n", "0\n")).toBe("disabled");
    expect(await variablesWith("quiet noefi\n", "0\n")).toBe("disabled");
    expect(await variablesWith("quiet\n", "1\n")).toBe("disabled");
    expect(await variablesWith("quiet efi=runtime\n", "1\n")).toBe("not-mounted");
    expect(await variablesWith("quiet efi=debug\n", "0\n")).toBe("not-mounted");
  });
});

describe("links", () => {
  test("are those in /dev and /dev/disk that lead to a node", async () => {
    await using devices = await scratchDirectory("dev");
    await writeTree(devices.path, {
      sda: "",
      root: "->sda",
      "disk/by-id/ata-X": "->../../sda",
      "disk/by-path/pci-0000:00:1f.2": "->../../sda",
    });
    const links = await readDeviceLinks(devices.path);
    expect(links.get(join(devices.path, "sda"))).toEqual([
      join(devices.path, "root"),
      join(devices.path, "disk/by-id/ata-X"),
      join(devices.path, "disk/by-path/pci-0000:00:1f.2"),
    ]);
  });

  test("are those that udev would make, where there is no udev", () => {
    expect(expectedLinks("vda", { serial: "main disk" })).toEqual([
      "/dev/disk/by-id/virtio-main_disk",
    ]);
    const identity = { serial: "S64", model: "Samsung SSD 980", wwn: "eui.0025" };
    expect(expectedLinks("nvme0n1", identity)).toEqual([
      "/dev/disk/by-id/nvme-eui.0025",
      "/dev/disk/by-id/nvme-Samsung_SSD_980_S64",
    ]);
    expect(expectedLinks("sda", { wwn: "0x5000c500", serial: "Z1" })).toEqual([
      "/dev/disk/by-id/wwn-0x5000c500",
    ]);
    expect(expectedLinks("mmcblk0", { model: "SD32G", serial: "0x12" })).toEqual([
      "/dev/disk/by-id/mmc-SD32G_0x12",
    ]);
    expect(expectedLinks("loop0", {})).toEqual([]);
  });
});
