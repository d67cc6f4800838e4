import { expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readBusPath } from "../../../src/facts/bus-path.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** A disk's path below `/sys/devices`, the subsystems of directories on the way, and files there. */
interface Tree {
  readonly path: string;
  readonly subsystems: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

async function busPathIn(tree: Tree): Promise<string | undefined> {
  await using scratch = await scratchDirectory("bus-path");
  const device = join(scratch.path, "devices", tree.path);
  await mkdir(device, { recursive: true });
  for (const [directory, subsystem] of Object.entries(tree.subsystems)) {
    const end = tree.path.indexOf(`${directory}/`);
    const path = end === -1 ? tree.path : tree.path.slice(0, end + directory.length);
    await symlink(`/sys/bus/${subsystem}`, join(scratch.path, "devices", path, "subsystem"));
  }
  for (const [path, content] of Object.entries(tree.files ?? {})) {
    const file = join(scratch.path, "devices", path);
    await mkdir(dirname(file), { recursive: true });
    await Bun.write(file, content);
  }
  const name = tree.path.split("/").at(-1) ?? "";
  await mkdir(join(scratch.path, "class/block"), { recursive: true });
  await symlink(device, join(scratch.path, "class/block", name));
  return await readBusPath(name, scratch.path);
}

/** Paths as Linux 6.1 has them, with udev 252's `ID_PATH` of the same device. */
const trees: Readonly<Record<string, Tree>> = {
  "pci-0000:00:05.0": {
    path: "pci0000:00/0000:00:05.0/virtio2/block/vda",
    subsystems: { "0000:00:05.0": "pci", virtio2: "virtio", vda: "block" },
  },
  "pci-0000:00:1f.2-ata-3.0": {
    path: "pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda",
    subsystems: {
      "0000:00:1f.2": "pci",
      host2: "scsi",
      "target2:0:0": "scsi",
      "/2:0:0:0": "scsi",
      sda: "block",
    },
    files: { "pci0000:00/0000:00:1f.2/ata3/ata_port/ata3/port_no": "3\n" },
  },
  "pci-0000:01:00.0-nvme-1": {
    path: "pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/nvme0n1",
    subsystems: {
      "0000:00:1d.0": "pci",
      "0000:01:00.0": "pci",
      nvme0: "nvme",
      nvme0n1: "block",
    },
    files: { "pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/nvme0n1/nsid": "1\n" },
  },
  "pci-0000:00:14.0-usb-0:2.1:1.0-scsi-0:0:0:0": {
    path: "pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/host6/target6:0:0/6:0:0:0/block/sdb",
    subsystems: {
      "0000:00:14.0": "pci",
      usb1: "usb",
      "1-2": "usb",
      "1-2.1": "usb",
      "1-2.1:1.0": "usb",
      host6: "scsi",
      "target6:0:0": "scsi",
      "/6:0:0:0": "scsi",
      sdb: "block",
    },
  },
  "pci-0000:00:06.0-scsi-0:0:1:4": {
    path: "pci0000:00/0000:00:06.0/virtio3/host3/target3:0:1/3:0:1:4/block/sdc",
    subsystems: {
      "0000:00:06.0": "pci",
      virtio3: "virtio",
      host3: "scsi",
      "target3:0:1": "scsi",
      "/3:0:1:4": "scsi",
      sdc: "block",
    },
  },
  "platform-fe340000.mmc": {
    path: "platform/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0",
    subsystems: {
      "fe340000.mmc": "platform",
      mmc0: "mmc_host",
      "mmc0:aaaa": "mmc",
      mmcblk0: "block",
    },
  },
};

for (const [expected, tree] of Object.entries(trees)) {
  test(`where a disk is plugged in is known without udev: ${expected}`, async () => {
    expect(await busPathIn(tree)).toBe(expected);
  });
}

test("a disk on no bus has no path", async () => {
  const virtual = { path: "virtual/block/loop0", subsystems: { loop0: "block" } };
  expect(await busPathIn(virtual)).toBeUndefined();
  expect(await readBusPath("nothing")).toBeUndefined();
});
