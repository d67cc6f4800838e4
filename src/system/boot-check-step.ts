import { join } from "node:path";
import { InstallerError } from "../errors.ts";
import { parseStorePath } from "../nix/store-path.ts";
import type { StepContext, StepData, StepDefinition } from "../run/step.ts";
import { checkExtlinux, findExtlinux } from "./boot/check-extlinux.ts";
import { checkGrubEfi, checkGrubMenu, findGrub } from "./boot/check-grub.ts";
import { checkGrubBios, hasBiosCoreImage } from "./boot/check-grub-bios.ts";
import { checkOtherLoader } from "./boot/check-other.ts";
import { checkSystemdBoot, hasSystemdBoot } from "./boot/check-systemd-boot.ts";
import { type ExpectedBoot, readExpectedBoot } from "./boot/expected-boot.ts";
import { type Findings, noFindings } from "./boot/findings.ts";
import { checkFirmwareEntry } from "./boot/firmware-entries.ts";
import {
  type BootTarget,
  checkFurtherGrubEfi,
  checkFurtherSystemdBoot,
} from "./boot/further-partitions.ts";
import { readLoaderDeclaration } from "./boot/installed-loader.ts";
import type { BootLoader } from "./boot/installer-script.ts";
import type { LoaderPrograms } from "./boot/loader-programs.ts";
import {
  bootDirectories,
  probeCommand,
  probeFileSystems,
  type TargetFileSystem,
} from "./boot/target-file-systems.ts";
import { efiVariablesPath } from "./efi-variables.ts";
import { TargetStoreReader } from "./target-store-reader.ts";

/** A file system of the target. */
interface BootFileSystem {
  /** As seen in the target. */
  readonly mountPoint: string;
  /** The node it is on. */
  readonly device: string;
  /** Whether it is an EFI system partition that this install has made. */
  readonly isEfiSystemPartition: boolean;
}

/** Reads back what the boot loader step left and compares it with the system. */
export interface BootCheckStep extends StepData {
  readonly kind: "boot-check";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  readonly firmware: "uefi" | "bios";
  /** Whether the boot loader could write the firmware's variables; without meaning on BIOS. */
  readonly efiVariables: boolean;
  /** The target's file systems: mount points as seen in the target, and the device nodes they are on. */
  readonly fileSystems: readonly BootFileSystem[];
  /** The whole disks of the target on whose boot sectors GRUB can be, for a BIOS: `/dev/vda`. */
  readonly disks: readonly string[];
}

/**
 * The proof that the machine will boot the system: loader, default entry, `init=`, kernel and initrd are there and are
 * the system's. The boot loader's own word is not taken for it, as several report success when they wrote nothing.
 */
export const bootCheckStep: StepDefinition<BootCheckStep> = {
  kind: "boot-check",
  reason: "system",
  describe: ({ toplevel }) => `Check that the boot loader starts ${parseStorePath(toplevel).name}`,
  commands: ({ fileSystems }) => fileSystems.map(({ device }) => probeCommand(device)),
  run: async (step, context) => {
    const findings = await checkBoot(step, context);
    for (const note of findings.notes) context.log("warning", note);
    if (findings.problems.length > 0) {
      throw new InstallerError(
        "system",
        `the machine would not boot the system:\n${findings.problems.map((problem) => `- ${problem}`).join("\n")}`,
        {
          object: step.toplevel,
          hint: "Look in the log for what the boot loader step printed; it reported success.",
        },
      );
    }
    context.log("debug", `the boot files are right: ${findings.loader ?? "no loader"}`);
  },
};

async function checkBoot(step: BootCheckStep, context: StepContext): Promise<Findings> {
  const { root, toplevel, firmware, efiVariables } = step;
  const findings = noFindings();
  const expected = await readExpectedBoot(root, toplevel);
  const declaration = await readLoaderDeclaration(new TargetStoreReader(root), toplevel);
  if (declaration.loader === "none") {
    findings.problems.push("the system was built without a boot loader (boot.loader)");
    return findings;
  }
  const fileSystems = await probeFileSystems(root, step.fileSystems, context);
  const target = {
    root,
    fileSystems,
    directories: bootDirectories(root, fileSystems),
    espDirectories: espDirectories(step, fileSystems),
  };

  const loader = whichLoader(declaration.loader, target.directories);
  const programs = await checkLoader(findings, loader, expected, target, step);
  const program = programs?.loader ?? programs?.fallback;
  if (firmware === "uefi" && programs !== undefined && findings.problems.length === 0) {
    const expectation = {
      ...programs,
      partitionGuid: fileSystems.find(({ directory }) => directory === program?.directory)
        ?.partitionGuid,
      efiVariables,
      use: declaration.efiVariableUse,
    };
    // Those of the target: the live system may not have mounted efivarfs.
    await checkFirmwareEntry(findings, expectation, join(root, efiVariablesPath));
  }
  return findings;
}

/** Where the EFI system partitions of the target are mounted, in the live system's view. */
function espDirectories(step: BootCheckStep, probed: readonly TargetFileSystem[]): string[] {
  const esps = step.fileSystems.filter((fileSystem) => fileSystem.isEfiSystemPartition);
  return probed
    .filter(({ mountPoint }) => esps.some((esp) => esp.mountPoint === mountPoint))
    .map(({ directory }) => directory);
}

/** The loader to check: the one the system declares, or for one that is not known by name the one whose files are there. */
function whichLoader(declared: BootLoader, directories: readonly string[]): BootLoader {
  if (declared !== "other") return declared;
  if (hasSystemdBoot(directories)) return "systemd-boot";
  if (findGrub(directories) !== undefined) return "grub";
  return findExtlinux(directories) === undefined ? "other" : "extlinux";
}

/** @returns The EFI programs, for the firmware's entries; `undefined` for a loader that is started otherwise. */
async function checkLoader(
  findings: Findings,
  loader: BootLoader,
  expected: ExpectedBoot,
  target: BootTarget,
  step: BootCheckStep,
): Promise<LoaderPrograms | undefined> {
  const { directories } = target;
  let programs: LoaderPrograms | undefined;
  switch (loader) {
    case "systemd-boot":
      programs = await checkSystemdBoot(findings, expected, directories);
      await checkFurtherSystemdBoot(findings, expected, target, programs.loader?.directory);
      break;
    case "grub":
      programs = await checkGrub(findings, expected, target, step);
      break;
    case "extlinux":
      await checkExtlinux(findings, expected, directories);
      break;
    case "none":
    case "other":
      programs = await checkOtherLoader(findings, expected, directories);
  }
  return programs;
}

/** GRUB is installed for the machine's firmware, and on disks for both it must be right for the other too. */
async function checkGrub(
  findings: Findings,
  expected: ExpectedBoot,
  target: BootTarget,
  { firmware, disks }: BootCheckStep,
): Promise<LoaderPrograms | undefined> {
  const { directories } = target;
  await checkGrubMenu(findings, expected, target);
  const grubs = directories.filter((directory) => findGrub([directory]) !== undefined);
  const isForBios = disks.length > 0 && grubs.some(hasBiosCoreImage);
  if (grubs.length > 0 && (firmware === "bios" || isForBios)) {
    await checkGrubBios(findings, grubs, disks);
  }
  if (firmware === "bios") {
    await checkFurtherGrubEfi(findings, expected, target, undefined);
    return undefined;
  }
  const programs = await checkGrubEfi(findings, expected, directories);
  const checked = programs.loader ?? programs.fallback;
  await checkFurtherGrubEfi(findings, expected, target, checked?.directory);
  return programs;
}
