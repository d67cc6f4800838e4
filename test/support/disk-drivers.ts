import type { DiskDriver } from "../../src/facts/drivers.ts";

/** How the running kernel finds disks on common hardware, as its sysfs shows it. */
export const diskDrivers = {
  virtio: [
    {
      device: "virtio1",
      bus: "virtio",
      modalias: "virtio:d00000002v00001AF4",
      driver: "virtio_blk",
      module: "virtio_blk",
    },
    {
      device: "0000:00:02.0",
      bus: "pci",
      modalias: "pci:v00001AF4d00001042sv00001AF4sd00001042bc01sc80i00",
      driver: "virtio-pci",
      module: "virtio_pci",
    },
  ],
  virtioBuiltIn: [
    {
      device: "virtio1",
      bus: "virtio",
      modalias: "virtio:d00000002v00001AF4",
      driver: "virtio_blk",
    },
    {
      device: "0000:00:02.0",
      bus: "pci",
      modalias: "pci:v00001AF4d00001042sv00001AF4sd00001042bc01sc80i00",
      driver: "virtio-pci",
    },
  ],
  sata: [
    { device: "0:0:0:0", bus: "scsi", modalias: "scsi:t-0x00", driver: "sd", module: "sd_mod" },
    {
      device: "0000:00:1f.2",
      bus: "pci",
      modalias: "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01",
      driver: "ahci",
      module: "ahci",
    },
  ],
  nvme: [
    {
      device: "0000:01:00.0",
      bus: "pci",
      modalias: "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02",
      driver: "nvme",
      module: "nvme",
    },
    {
      device: "0000:00:01.0",
      bus: "pci",
      modalias: "pci:v00008086d00001901sv00001028sd000007D1bc06sc04i00",
      driver: "pcieport",
    },
  ],
  usb: [
    { device: "6:0:0:0", bus: "scsi", modalias: "scsi:t-0x00", driver: "sd", module: "sd_mod" },
    {
      device: "2-1:1.0",
      bus: "usb",
      modalias: "usb:v0BDAp9210dF002dc00dsc00dp00ic08isc06ip62in00",
      driver: "uas",
      module: "uas",
    },
    {
      device: "0000:00:14.0",
      bus: "pci",
      modalias: "pci:v00008086d0000A12Fsv00001028sd000007D1bc0Csc03i30",
      driver: "xhci_hcd",
      module: "xhci_pci",
    },
  ],
} satisfies Record<string, readonly DiskDriver[]>;
