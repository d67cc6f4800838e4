import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { PreflightInputs } from "./inputs.ts";

const object = "boot.loader";

function isPc(system: string): boolean {
  return /^(?:x86_64|i686)-/.test(system);
}

function wrongFirmware(message: string, hint: string): Finding[] {
  return [makeFinding("preflight/boot-loader-firmware", object, message, hint)];
}

function judgeSystemdBoot({ facts, system }: PreflightInputs): Finding[] {
  const { firmware } = facts;
  if (firmware.kind === "bios") {
    return wrongFirmware(
      "the system installs systemd-boot, which UEFI alone can start, and this machine started with BIOS firmware",
      "Start the live system with UEFI, or use GRUB in the NixOS configuration (boot.loader.grub).",
    );
  }
  const findings: Finding[] = [];
  if (firmware.bits === 32 && system.system === "x86_64-linux") {
    findings.push(
      makeFinding(
        "preflight/firmware-32-bit",
        object,
        "the system installs systemd-boot with 64 bits, and this machine's UEFI starts programs of 32 bits",
        "Use GRUB with boot.loader.grub.forcei686 = true in the NixOS configuration.",
      ),
    );
  }
  if (system.bootspec === undefined && system.bootspecProblem === undefined) {
    findings.push(
      makeFinding(
        "preflight/bootspec-missing",
        "system.toplevel",
        "the system has no boot.json, without which newer builders of systemd-boot write no entry for it",
        "Build the system with boot.bootspec.enable = true, the default of NixOS since 23.05.",
      ),
    );
  }
  return findings;
}

/** Whether firmware finds the GRUB that is put on an ESP: by an entry, or at the place where it looks without one. */
function judgeGrubEntry({ manifest, system }: PreflightInputs): Finding[] {
  const { grub = [], efiVariableUse } = system.loader;
  const isHidden = grub.some(({ forUefi, isRemovable }) => forUefi && isRemovable === false);
  const writesEntry = manifest.boot["efi-variables"] && efiVariableUse !== "untouched";
  if (!isHidden || writesEntry) return [];
  const reason = manifest.boot["efi-variables"]
    ? "the system does not write the firmware's variables (boot.loader.efi.canTouchEfiVariables)"
    : "the manifest keeps it from writing the firmware's variables";
  return [
    makeFinding(
      "preflight/grub-without-entry",
      manifest.boot["efi-variables"] ? object : "boot.efi-variables",
      `the system installs GRUB where firmware looks only if an entry says so, and ${reason}`,
      "Set boot.loader.grub.efiInstallAsRemovable = true in the NixOS configuration, or have the variables written.",
    ),
  ];
}

function judgeGrub(inputs: PreflightInputs): Finding[] {
  const { facts, system } = inputs;
  const installations = system.loader.grub;
  if (installations === undefined) return [];
  if (facts.firmware.kind === "uefi" && !installations.some(({ forUefi }) => forUefi)) {
    return wrongFirmware(
      "the system installs GRUB for BIOS firmware only, and this machine started with UEFI",
      'Set boot.loader.grub.efiSupport = true and device = "nodev" in the NixOS configuration, or start the live system with BIOS firmware (CSM).',
    );
  }
  if (facts.firmware.kind === "bios" && !installations.some(({ forBios }) => forBios)) {
    return wrongFirmware(
      "the system installs GRUB on no disk for a BIOS, and this machine started with BIOS firmware",
      "Name the disk in boot.loader.grub.devices in the NixOS configuration, or start the live system with UEFI.",
    );
  }
  return facts.firmware.kind === "uefi" ? judgeGrubEntry(inputs) : [];
}

function judgeExtlinux({ facts }: PreflightInputs): Finding[] {
  if (!isPc(facts.system)) return [];
  return [
    makeFinding(
      "preflight/extlinux-on-pc",
      object,
      "the system installs a menu for U-Boot (generic-extlinux-compatible), which PCs do not have",
      "Use systemd-boot or GRUB in the NixOS configuration, unless something else reads extlinux.conf.",
    ),
  ];
}

/** Whether the machine's firmware can start the boot loader that the system installs. Pure. */
export function judgeBootLoader(inputs: PreflightInputs): Finding[] {
  const { system } = inputs;
  // What is no system has none, and is told to be none.
  if (system.system === "") return [];
  switch (system.loader.loader) {
    case "systemd-boot":
      return judgeSystemdBoot(inputs);
    case "grub":
      return judgeGrub(inputs);
    case "extlinux":
      return judgeExtlinux(inputs);
    case "none":
      return [
        makeFinding(
          "preflight/boot-loader-none",
          object,
          "the system installs no boot loader, so that nothing would start it",
          "Choose one in the NixOS configuration: boot.loader.systemd-boot.enable or boot.loader.grub.enable.",
        ),
      ];
    case "other":
      break;
  }
  return [
    makeFinding(
      "preflight/boot-loader-unknown",
      object,
      "the system installs a boot loader that is not known here, and nothing is judged of it",
    ),
  ];
}
