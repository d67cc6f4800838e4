import type { Closure } from "../cache/closure.ts";
import { InstallerError } from "../errors.ts";
import type { StoreStreamReader } from "../store/store-reader.ts";
import { type Bootspec, parseBootspec } from "../system/boot/bootspec.ts";
import { readLoaderDeclaration } from "../system/boot/installed-loader.ts";
import { parseCrypttab } from "./crypttab.ts";
import { parseFstab } from "./fstab.ts";
import { readInitrd } from "./initrd/read-initrd.ts";
import type { InitrdKnowledge, SpecialisationFiles, SystemInfo } from "./system-info.ts";

/** Bytes of a text in a toplevel or in `/etc`; a `boot.json` with many specialisations has some ten thousand. */
const textLimits = { size: 1024 * 1024 };

/**
 * Asks a NixOS system what it is, through a reader of the store that it is in: the files of its toplevel (NixOS's
 * `nixos/modules/system/activation/top-level.nix`), the tables of its `/etc`, the scripts of its boot loader, its initrd.
 *
 * @throws {InstallerError} what the reader throws.
 */
export async function readSystem(store: StoreStreamReader, closure: Closure): Promise<SystemInfo> {
  const { toplevel } = closure;
  const read = async (path: string) =>
    (await store.readFile(`${toplevel}/${path}`, textLimits))?.toString("utf8");
  const document = await read("boot.json");
  const { bootspec, problem } = await readBootspec(store, document);
  const [system = "", nixosVersion, parameters = "", loader, overlay, program] = await Promise.all([
    read("system"),
    read("nixos-version"),
    read("kernel-params"),
    readLoaderDeclaration(store, toplevel),
    store.stat(`${toplevel}/etc-metadata-image`),
    store.stat(`${toplevel}/bin/switch-to-configuration`),
  ]);
  const [fstab = "", crypttab = "", ...mdadmConfigs] = await Promise.all(
    ["fstab", "crypttab", "mdadm.conf", "mdadm/mdadm.conf"].map((name) => read(`etc/${name}`)),
  );
  const mdadmConfig = mdadmConfigs.find((text) => text !== undefined);
  const specialisations = await specialisationFiles(store, bootspec);
  const initrd = await readInitrdOf(store, toplevel, bootspec);
  return {
    closure,
    system: system.trim(),
    ...(nixosVersion === undefined ? {} : { nixosVersion: nixosVersion.trim() }),
    kernelParameters: parameters.split(/\s+/).filter((word) => word !== ""),
    fstab: parseFstab(fstab),
    crypttab: parseCrypttab(crypttab),
    ...(mdadmConfig === undefined ? {} : { mdadmConfig }),
    ...(bootspec === undefined ? {} : { bootspec }),
    ...(problem === undefined ? {} : { bootspecProblem: problem }),
    ...(program === undefined ? { lacksSwitchProgram: true } : {}),
    loader,
    bootFiles: {
      kernel: await sizeOf(store, bootspec?.kernel ?? `${toplevel}/kernel`),
      initrd: await sizeOf(store, initrdPath(toplevel, bootspec)),
      ...(specialisations === undefined ? {} : { specialisations }),
    },
    hasEtcOverlay: overlay !== undefined || namesEtcImage(document),
    ...(initrd === undefined ? {} : { initrd }),
  };
}

/** What `boot.json` says, or in words what is wrong with it; neither where there is none. */
async function readBootspec(
  store: StoreStreamReader,
  document: string | undefined,
): Promise<{ readonly bootspec?: Bootspec; readonly problem?: string }> {
  if (document === undefined) return {};
  try {
    const bootspec = parseBootspec(document);
    const isThere = (await store.stat(bootspec.kernel))?.type === "file";
    return isThere
      ? { bootspec }
      : { bootspec, problem: `boot.json names a kernel that is not there: ${bootspec.kernel}` };
  } catch (error) {
    if (error instanceof InstallerError && error.reason === "system") {
      return { problem: error.message };
    }
    throw error;
  }
}

/** Where the initrd is; `undefined` for a system whose bootspec has none. */
function initrdPath(toplevel: string, bootspec: Bootspec | undefined): string | undefined {
  return bootspec === undefined ? `${toplevel}/initrd` : bootspec.initrd;
}

async function readInitrdOf(
  store: StoreStreamReader,
  toplevel: string,
  bootspec: Bootspec | undefined,
): Promise<InitrdKnowledge | undefined> {
  const path = initrdPath(toplevel, bootspec);
  // A container has none, and no boot.json either.
  if (path === undefined || (bootspec === undefined && (await sizeOf(store, path)) === 0)) {
    return undefined;
  }
  return readInitrd(store, path);
}

/** Every kernel and initrd of the specialisations that is not the system's own, which boot loaders copy once each. */
async function specialisationFiles(
  store: StoreStreamReader,
  bootspec: Bootspec | undefined,
): Promise<SpecialisationFiles | undefined> {
  if (bootspec === undefined) return undefined;
  const all = Object.values(bootspec.specialisations);
  if (all.length === 0) return undefined;
  const paths = new Set(all.flatMap(({ kernel, initrd }) => [kernel, initrd]));
  const others = [...paths.difference(new Set([bootspec.kernel, bootspec.initrd]))];
  const sizes = await Promise.all(others.map((path) => sizeOf(store, path)));
  return { count: all.length, size: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Bytes of a file; 0 for what is none. */
async function sizeOf(store: StoreStreamReader, path: string | undefined): Promise<number> {
  const entry = path === undefined ? undefined : await store.stat(path);
  return entry?.type === "file" ? entry.size : 0;
}

/** Whether `boot.json` names the image that nixos-init mounts as `/etc` (NixOS's `nixos-init.nix`). */
function namesEtcImage(document: string | undefined): boolean {
  return document !== undefined && /"etc_metadata_image"\s*:\s*"\//.test(document);
}
