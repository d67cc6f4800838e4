import type { Scenarios } from "./scenario.ts";
import { biosDisk, mountOn, rootTable } from "./storage-tables.ts";

/** What is the matter with the system as such. */
export const systemScenarios: Scenarios = {
  "what is no system": { system: { system: "" }, findings: ["preflight/no-nixos-system"] },
  "a boot.json that says nothing, and no program that installs the boot loader": {
    system: { bootspec: "malformed", hasSwitchProgram: false },
    findings: ["preflight/bootspec-malformed", "preflight/switch-program-missing"],
  },
  "another architecture, no boot loader, a store that is not mounted, an overlay on an old kernel":
    {
      system: {
        system: "aarch64-linux",
        loader: { name: "no-bootloader", text: "" },
        hasEtcOverlay: true,
      },
      storage: `${biosDisk("nix")}${rootTable}${mountOn("/nix", "main.nix")}`,
      live: { isOldKernel: true },
      findings: [
        "preflight/architecture",
        "preflight/boot-loader-none",
        "preflight/etc-overlay",
        "preflight/store-not-mounted",
      ],
    },
  "a 32-bit system with a boot loader that nobody knows, and something allowed in vain": {
    system: { system: "i686-linux", loader: { name: "install-lilo", text: "" } },
    keys: 'allow = ["preflight/room"]',
    findings: [
      "preflight/architecture-32-bit",
      "preflight/boot-loader-unknown",
      "preflight/unused-allow",
    ],
  },
};
