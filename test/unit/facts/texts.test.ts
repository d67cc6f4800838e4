import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { parseUnitSerialNumber, parseWwid, transportOf } from "../../../src/facts/disk-identity.ts";
import { parseOsRelease, rootType } from "../../../src/facts/live-system.ts";
import { parseMemory } from "../../../src/facts/memory.ts";
import { parseSwaps, reachableSwap } from "../../../src/facts/swaps.ts";
import { parseUdevProperties } from "../../../src/facts/udev-database.ts";
import { parseMountInfo } from "../../../src/linux/mount-info.ts";

test("/proc/swaps: devices and files, spaces decoded", () => {
  const text = [
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority",
    "/dev/loop0p3                            partition\t10236\t\t0\t\t-2",
    "/srv/swap\\040file                       file\t\t1048572\t\t0\t\t-3",
    "",
  ].join("\n");
  expect(parseSwaps(text)).toEqual(["/dev/loop0p3", "/srv/swap file"]);
  expect(parseSwaps("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")).toEqual([]);
});

test("a swap area of a mount namespace that is gone is known by its device", () => {
  const [device = ""] = readdirSync("/sys/class/block");
  expect(reachableSwap(`/${device}`)).toBe(`/dev/${device}`);
  expect(reachableSwap(`/dev/${device}`)).toBe(`/dev/${device}`);
  expect(reachableSwap("/srv/swap file")).toBe("/srv/swap file");
});

test("/proc/meminfo: bytes, also from kernels that do not tell what is available", () => {
  const text = "MemTotal:       24684084 kB\nMemFree:        23125880 kB\nBuffers:  1 kB\n";
  expect(parseMemory(`${text}MemAvailable:   24020436 kB\nCached:  10 kB\n`)).toEqual({
    total: 24_684_084 * 1024,
    available: 24_020_436 * 1024,
  });
  expect(
    parseMemory(`${text}Cached:             120 kB\nSwapCached:       77 kB\n`).available,
  ).toBe(23_126_000 * 1024);
});

test("os-release: quoted or not, with fallbacks", () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\nID=debian\n';
  expect(parseOsRelease(debian)).toEqual({ id: "debian", name: "Debian GNU/Linux 12 (bookworm)" });
  expect(parseOsRelease('NAME=\'My \\"OS\\"\'\n# ID=x\nID="my-os"\n')).toEqual({
    id: "my-os",
    name: 'My "OS"',
  });
  expect(parseOsRelease("")).toEqual({ id: "linux", name: "linux" });
});

test("the root is the file system mounted on / last", () => {
  const mounts = parseMountInfo(
    "1 1 0:2 / / rw - rootfs none rw\n27 1 0:33 / / rw - overlay overlay rw,lowerdir=/a\n",
  );
  expect(rootType(mounts)).toBe("overlay");
  expect(rootType([])).toBe("rootfs");
});

test("udev's database: its properties", () => {
  const text = [
    "S:disk/by-id/ata-QEMU_HARDDISK_QM00001",
    "I:1840532",
    "E:ID_MODEL=QEMU_HARDDISK",
    "E:ID_SERIAL_SHORT=QM=0001",
    "G:systemd",
  ].join("\n");
  expect([...parseUdevProperties(text)]).toEqual([
    ["ID_MODEL", "QEMU_HARDDISK"],
    ["ID_SERIAL_SHORT", "QM=0001"],
  ]);
});

describe("a disk's identity", () => {
  test("serial number of a SCSI page", () => {
    const page = Buffer.from("\0\x80\0\x14      WD-WX11A123456X\xff", "latin1");
    expect(parseUnitSerialNumber(page)).toBe("WD-WX11A123456");
    expect(parseUnitSerialNumber(Buffer.from("\0\x80\0\x04    "))).toBeUndefined();
    expect(parseUnitSerialNumber(Buffer.from("\0\x83\0\x04abcd", "latin1"))).toBeUndefined();
    expect(parseUnitSerialNumber(Buffer.from("\0"))).toBeUndefined();
  });

  test("World Wide Name as udev writes it", () => {
    expect(parseWwid("naa.5000c500a1b2c3d4")).toBe("0x5000c500a1b2c3d4");
    expect(parseWwid("eui.0025385b11b4c3a1")).toBe("eui.0025385b11b4c3a1");
    expect(parseWwid("t10.ATA     QEMU HARDDISK    QM00001")).toBeUndefined();
  });

  test("transport from the path in sysfs", () => {
    const pci = "/sys/devices/pci0000:00/0000:00:1f.2";
    expect(transportOf(`${pci}/ata1/host0/target0:0:0/0:0:0:0/block/sda`)).toBe("sata");
    expect(transportOf(`${pci}/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb`)).toBe("usb");
    expect(transportOf(`${pci}/nvme/nvme0/nvme0n1`)).toBe("nvme");
    expect(transportOf(`${pci}/virtio1/block/vda`)).toBe("virtio");
    expect(transportOf(`${pci}/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda`)).toBe(
      "sas",
    );
    expect(transportOf("/sys/devices/virtual/block/loop0")).toBeUndefined();
  });
});
