import { expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { readDiskDrivers } from "../../../src/facts/drivers.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/** A device below `/sys/devices`: its bus, and its driver with the module it is in. */
interface Device {
  readonly path: string;
  readonly bus: string;
  readonly modalias?: string;
  readonly driver?: string;
  readonly module?: string;
}

async function makeDevice(sysfs: string, device: Device): Promise<void> {
  const directory = join(sysfs, "devices", device.path);
  await mkdir(directory, { recursive: true });
  await mkdir(join(sysfs, "bus", device.bus, "drivers"), { recursive: true });
  await symlink(join(sysfs, "bus", device.bus), join(directory, "subsystem"));
  if (device.modalias !== undefined) await Bun.write(join(directory, "modalias"), device.modalias);
  if (device.driver === undefined) return;
  const driver = join(sysfs, "bus", device.bus, "drivers", device.driver);
  await mkdir(driver, { recursive: true });
  await symlink(driver, join(directory, "driver"));
  if (device.module !== undefined)
    await symlink(`/sys/module/${device.module}`, join(driver, "module"));
}

/** The drivers of the last device, with further links in `sysfs/devices`. */
async function driversOf(devices: readonly Device[], links: Readonly<Record<string, string>> = {}) {
  await using scratch = await scratchDirectory("drivers");
  for (const device of devices) await makeDevice(scratch.path, device);
  for (const [link, target] of Object.entries(links)) {
    await symlink(target, join(scratch.path, "devices", link));
  }
  const disk = devices.at(-1)?.path ?? "";
  const name = disk.split("/").at(-1) ?? "";
  await mkdir(join(scratch.path, "class/block"), { recursive: true });
  await symlink(join(scratch.path, "devices", disk), join(scratch.path, "class/block", name));
  return await readDiskDrivers(name, scratch.path);
}

test("a disk on SATA is found through its controller, and through what reads SCSI disks", async () => {
  const controller = "pci0000:00/0000:00:1f.2";
  const target = `${controller}/ata1/host0/target0:0:0`;
  const drivers = await driversOf([
    {
      path: controller,
      bus: "pci",
      modalias: "pci:v00008086d00002922\n",
      driver: "ahci",
      module: "ahci",
    },
    { path: `${controller}/ata1/host0`, bus: "scsi" },
    { path: target, bus: "scsi" },
    {
      path: `${target}/0:0:0:0`,
      bus: "scsi",
      modalias: "scsi:t-0x00\n",
      driver: "sd",
      module: "sd_mod",
    },
    { path: `${target}/0:0:0:0/block/sda`, bus: "block" },
  ]);
  expect(drivers).toEqual([
    { device: "0:0:0:0", bus: "scsi", modalias: "scsi:t-0x00", driver: "sd", module: "sd_mod" },
    {
      device: "0000:00:1f.2",
      bus: "pci",
      modalias: "pci:v00008086d00002922",
      driver: "ahci",
      module: "ahci",
    },
  ]);
});

test("a driver that is built in may have no module", async () => {
  const bridge = "pci0000:00/0000:00:01.0";
  const drivers = await driversOf([
    { path: bridge, bus: "pci", modalias: "pci:v00008086d00001901\n", driver: "pcieport" },
    {
      path: `${bridge}/0000:01:00.0`,
      bus: "pci",
      modalias: "pci:v0000144Dd0000A808\n",
      driver: "nvme",
      module: "nvme",
    },
    { path: `${bridge}/0000:01:00.0/nvme/nvme0`, bus: "nvme" },
    { path: `${bridge}/0000:01:00.0/nvme/nvme0/nvme0n1`, bus: "block" },
  ]);
  expect(drivers).toEqual([
    {
      device: "0000:01:00.0",
      bus: "pci",
      modalias: "pci:v0000144Dd0000A808",
      driver: "nvme",
      module: "nvme",
    },
    { device: "0000:00:01.0", bus: "pci", modalias: "pci:v00008086d00001901", driver: "pcieport" },
  ]);
});

test("a namespace of NVMe with several paths is found through each of its controllers", async () => {
  const controller = "pci0000:00/0000:01:00.0";
  const subsystem = "virtual/nvme-subsystem/nvme-subsys0";
  const drivers = await driversOf(
    [
      {
        path: controller,
        bus: "pci",
        modalias: "pci:v0000144Dd0000A808\n",
        driver: "nvme",
        module: "nvme",
      },
      { path: `${controller}/nvme/nvme0`, bus: "nvme" },
      { path: subsystem, bus: "nvme-subsystem" },
      { path: `${subsystem}/nvme0n1`, bus: "block" },
    ],
    { [`${subsystem}/nvme0`]: `../../../${controller}/nvme/nvme0` },
  );
  expect(drivers.map(({ device, module }) => ({ device, module }))).toEqual([
    { device: "0000:01:00.0", module: "nvme" },
  ]);
});

test("what is no hardware has no drivers, and what is not there neither", async () => {
  expect(await driversOf([{ path: "virtual/block/loop0", bus: "block" }])).toEqual([]);
  expect(await readDiskDrivers("no-such-disk")).toEqual([]);
});
