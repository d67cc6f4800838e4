import { expect, test } from "bun:test";
import { matchesAlias } from "../../../../../src/plan/preflight/initrd/module-offer.ts";

const intelAhci = "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01";

test.each([
  [intelAhci, "pci:v00008086d00002922sv*sd*bc*sc*i*", true],
  [intelAhci, "pci:v*d*sv*sd*bc01sc06i01*", true],
  [intelAhci, "pci:v00008086d00002923sv*sd*bc*sc*i*", false],
  [intelAhci, "pci:v00008086", false],
  ["scsi:t-0x00", "scsi:t_0x00*", true],
  ["scsi:t-0x05", "scsi:t_0x00*", false],
  ["usb:v0BDAp9210", "usb:v0BDAp921[0-9]", true],
  ["usb:v0BDAp921A", "usb:v0BDAp921[!0-9]", true],
  ["usb:v0BDAp9210", "usb:v0BDAp921[!0-9]", false],
  ["of:NmmcT(null)Ca,b+c.d", "of:N*T*Ca,b+c.d", true],
  ["of:NmmcT(null)Ca,b+cxd", "of:N*T*Ca,b+c.d", false],
  ["acpi:PNP0D40:", "acpi*:PNP0D40:*", true],
  ["xen:vbd", "xen:vb?", true],
])("whether %s is served by %s: %p", (alias, pattern, expected) => {
  expect(matchesAlias(pattern, alias)).toBe(expected);
});
