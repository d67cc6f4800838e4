import type { StoragePlan } from "../../disk/plan-storage.ts";
import type { FindingId } from "../../findings/catalogue.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { missingDrivers, modulesOfDriver } from "./initrd/disk-drivers.ts";
import { type EarlyFileSystem, earlyFileSystems } from "./initrd/early-storage.ts";
import { ModuleOffer } from "./initrd/module-offer.ts";
import { modulesOption, neededCiphers, neededModules } from "./initrd/needed-modules.ts";
import type { PreflightInputs } from "./inputs.ts";

/** What a person does so that the system has an option. */
function remedy(option: string): string {
  return `Add ${option} to the system's configuration, and build it again.`;
}

/** A disk by its name in the manifest: `disk.main`; by its node where the manifest names it otherwise. */
function diskObject(path: string, { steps }: StoragePlan): string {
  const table = steps.find((step) => step.kind === "partition-table" && step.device === path);
  return table === undefined ? path : `disk.${table.id.split("/")[1]}`;
}

/**
 * What is missing for certain, or only seems to be missing.
 *
 * @param lack A sentence in which the initrd lacks something.
 */
function missing(
  id: FindingId,
  isCertain: boolean,
  object: string,
  lack: string,
  option: string,
): Finding {
  return isCertain
    ? makeFinding(id, object, lack, remedy(option))
    : makeFinding(
        "preflight/initrd-modules-uncertain",
        object,
        `as far as its lists of modules tell, ${lack}`,
        remedy(option),
      );
}

function judgeDrivers(
  early: readonly EarlyFileSystem[],
  { facts, storage }: PreflightInputs,
  offer: ModuleOffer,
): Finding[] {
  return facts.disks.flatMap(({ path, drivers = [] }) => {
    const mounted = early.filter(({ device }) => device.disks.includes(path));
    const absent = mounted.length === 0 ? [] : missingDrivers(drivers, offer);
    if (absent.length === 0) return [];
    const modules = absent.flatMap((driver) => modulesOfDriver(driver)[0] ?? []);
    const places = mounted.map(({ mountPoint }) => mountPoint).join(", ");
    const lines = absent.map(
      ({ device, bus, driver, modalias }) =>
        `${bus} device ${device}: here driven by ${driver} (${modalias})`,
    );
    const lack = `the system's initrd has no driver for ${path}, and could not mount ${places}`;
    return [
      missing(
        "preflight/initrd-driver-missing",
        offer.hasAllAliases,
        diskObject(path, storage),
        [lack, ...lines].join("\n"),
        modulesOption(modules),
      ),
    ];
  });
}

function judgeModules(
  early: readonly EarlyFileSystem[],
  { storage }: PreflightInputs,
  offer: ModuleOffer,
): Finding[] {
  return neededModules(early, storage)
    .filter(
      ({ module, alias }) =>
        !offer.hasModule(module) && (alias === undefined || !offer.serves(alias)),
    )
    .map(({ object, purpose, module, option }) =>
      missing(
        "preflight/initrd-module-missing",
        offer.hasAllNames,
        object,
        `the system's initrd has no module ${module}, and could not ${purpose}`,
        option,
      ),
    );
}

function judgeCiphers(
  early: readonly EarlyFileSystem[],
  { storage }: PreflightInputs,
  offer: ModuleOffer,
): Finding[] {
  if (!offer.hasAllAliases) return [];
  return neededCiphers(early, storage)
    .filter(({ name }) => !offer.hasCipher(name))
    .map(({ object, name }) =>
      makeFinding(
        "preflight/initrd-cipher-missing",
        object,
        `the system's initrd seems to have no module for ${name}, without which it could not open ${object}`,
        `Add ${JSON.stringify(name)} to boot.initrd.luks.cryptoModules in the system's configuration, and build it again.`,
      ),
    );
}

/**
 * Whether the initrd has the kernel modules for what it has to mount: for the controllers and disks as the running kernel
 * drives them, for file systems, and for what these lie on. By what devices ask for (`modules.alias`), else by names. Pure.
 */
export function judgeInitrdModules(inputs: PreflightInputs): Finding[] {
  const { initrd } = inputs.system;
  if (initrd === undefined) return [];
  const early = earlyFileSystems(inputs);
  if (early.length === 0) return [];
  if ("unreadable" in initrd) {
    return [
      makeFinding(
        "preflight/initrd-unreadable",
        "system.toplevel",
        `the initrd cannot be read: ${initrd.unreadable}`,
        "Make sure yourself that it has the drivers of the disks and the file systems.",
      ),
    ];
  }
  const offer = new ModuleOffer(initrd);
  return [
    ...judgeDrivers(early, inputs, offer),
    ...judgeModules(early, inputs, offer),
    ...judgeCiphers(early, inputs, offer),
  ];
}
