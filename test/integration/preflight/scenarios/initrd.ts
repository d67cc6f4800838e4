import type { Scenarios } from "./scenario.ts";
import { luksOn, rootOn } from "./storage-tables.ts";

/** LUKS below root, which the initrd opens by its partition's name. */
const encrypted = rootOn("cryptroot", luksOn("cryptroot", "main.root"));
const opensRoot = ["cryptsetup luksOpen /dev/disk/by-partlabel/root cryptroot"];
const fsAliases = ["alias fs-ext4 ext4"];

/** What the initrd lacks. */
export const initrdScenarios: Scenarios = {
  "an initrd without the file system of root": {
    system: { modules: ["vfat"], builtinModules: ["unix"] },
    findings: ["preflight/initrd-module-missing"],
  },
  "an initrd without it, as far as anybody can tell": {
    system: { modules: ["vfat"] },
    findings: ["preflight/initrd-modules-uncertain"],
  },
  "an initrd without a cipher": {
    system: {
      modules: ["ext4", "dm_crypt", "xts"],
      builtinModules: ["unix"],
      moduleAliases: fsAliases,
      initrdCommands: opensRoot,
    },
    storage: encrypted,
    findings: ["preflight/boot-unreadable", "preflight/initrd-cipher-missing"],
  },
  "an initrd that mounts something else than root": {
    system: { initrdMounts: ["/media", "LABEL=media", "ext4", "defaults"] },
    findings: ["preflight/initrd-mount-mismatch", "preflight/initrd-root-missing"],
  },
  "an initrd of somebody else": {
    system: { initInterpreter: "no script" },
    findings: ["preflight/initrd-unreadable"],
  },
};
