import type { DiskDriver } from "../../../facts/drivers.ts";
import { moduleName } from "../../../system-info/initrd/modules.ts";
import type { ModuleOffer } from "./module-offer.ts";

/**
 * Modules of drivers that kernels have built in without telling: by the driver's name, those that do the work, the
 * usual one first.
 */
const modulesOfDrivers: Readonly<Record<string, readonly string[]>> = {
  "virtio-pci": ["virtio_pci"],
  "virtio-mmio": ["virtio_mmio"],
  virtio_blk: ["virtio_blk"],
  virtio_scsi: ["virtio_scsi"],
  ahci: ["ahci"],
  ata_piix: ["ata_piix", "pata_acpi", "ata_generic"],
  nvme: ["nvme"],
  vmd: ["vmd"],
  sd: ["sd_mod"],
  // A device that speaks UAS also speaks what was before it.
  uas: ["uas", "usb_storage"],
  "usb-storage": ["usb_storage"],
  xhci_hcd: ["xhci_pci"],
  "ehci-pci": ["ehci_pci"],
  mmcblk: ["mmc_block"],
  "sdhci-pci": ["sdhci_pci"],
  "sdhci-acpi": ["sdhci_acpi"],
  vbd: ["xen_blkfront"],
  hv_storvsc: ["hv_storvsc"],
  storvsc: ["hv_storvsc"],
  mpt3sas: ["mpt3sas"],
  megaraid_sas: ["megaraid_sas"],
  vmw_pvscsi: ["vmw_pvscsi"],
};

/**
 * The modules any of which drives a device as the running kernel does; none where that is built in, and of those parts of
 * a kernel that are never modules, such as PCI bridges.
 */
export function modulesOfDriver({ driver, module }: DiskDriver): readonly string[] {
  const known = modulesOfDrivers[driver] ?? [];
  if (module === undefined) return known;
  const name = moduleName(module);
  return [name, ...known.filter((each) => each !== name)];
}

/** Of the drivers that a disk is found through, those that the initrd has nothing for; innermost first. Pure. */
export function missingDrivers(
  drivers: readonly DiskDriver[],
  offer: ModuleOffer,
): readonly DiskDriver[] {
  return drivers.filter((driver) => {
    const modules = modulesOfDriver(driver);
    return (
      modules.length > 0 &&
      !offer.serves(driver.modalias) &&
      !modules.some((module) => offer.hasModule(module))
    );
  });
}
