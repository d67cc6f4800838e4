import type { StoreReader } from "../../store/store-reader.ts";
import { type GrubInstallation, parseGrubInstallation } from "./grub-installation.ts";
import {
  type BootLoader,
  bootLoaderOf,
  type EfiVariableUse,
  efiVariableUseOf,
  type RelaxedCheck,
  relaxedChecksOf,
  storeFilesIn,
} from "./installer-script.ts";
import { type LoaderMounts, loaderMountsOf } from "./loader-mounts.ts";

/** What a file of the store may have to be taken for a script; scripts of nixpkgs are store paths of their own. */
const scriptLimits = { size: 64 * 1024, narSize: 64 * 1024 };
/** The wrapper may be a program (`makeBinaryWrapper`), in a toplevel with copies of others. */
const wrapperLimits = { size: 1024 * 1024 };
/** Scripts between `switch-to-configuration` and the builder that knows its settings. */
const depth = 4;
/** Scripts that are read for one boot loader at most. */
const maximumScripts = 40;

/** What a toplevel says about its boot loader before it has run. */
export interface LoaderDeclaration extends LoaderMounts {
  readonly loader: BootLoader;
  /** `undefined` when the scripts do not say. */
  readonly efiVariableUse: EfiVariableUse | undefined;
  /** Of systemd-boot: what bootctl is told not to check; left out where that is nothing. */
  readonly relaxedChecks?: readonly RelaxedCheck[];
  /** Of GRUB: every installation of it, left out when its configuration cannot be found. */
  readonly grub?: readonly GrubInstallation[];
}

/** Reads `bin/switch-to-configuration` of a toplevel, and the scripts that it leads to, wherever they are. */
export async function readLoaderDeclaration(
  store: StoreReader,
  toplevel: string,
): Promise<LoaderDeclaration> {
  const path = `${toplevel}/bin/switch-to-configuration`;
  const wrapper = (await store.readFile(path, wrapperLimits))?.toString("latin1") ?? "";
  const loader = bootLoaderOf(wrapper);
  if (loader !== "systemd-boot" && loader !== "grub") return { loader, efiVariableUse: undefined };
  const first = storeFilesIn(wrapper).filter((file) => /-install-(systemd-boot|grub)/.test(file));
  const scripts = await readScripts(store, first);
  const efiVariableUse = firstOf(scripts, efiVariableUseOf);
  if (loader === "systemd-boot") {
    const relaxedChecks = [...new Set([wrapper, ...scripts].flatMap(relaxedChecksOf))];
    return {
      loader,
      efiVariableUse,
      ...firstOf(scripts, loaderMountsOf),
      ...(relaxedChecks.length === 0 ? {} : { relaxedChecks }),
    };
  }
  const grub = scripts.map(parseGrubInstallation).filter((each) => each !== undefined);
  return { loader, efiVariableUse, ...(grub.length === 0 ? {} : { grub }) };
}

function firstOf<T>(
  texts: readonly string[],
  read: (text: string) => T | undefined,
): T | undefined {
  for (const text of texts) {
    const found = read(text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The texts of scripts and of those that they mention, level by level. */
async function readScripts(store: StoreReader, first: readonly string[]): Promise<string[]> {
  const seen = new Set<string>();
  const texts: string[] = [];
  let files = first;
  for (let level = 0; level < depth && files.length > 0; level++) {
    const fresh = [...new Set(files)].filter((file) => !seen.has(file));
    const wanted = fresh.slice(0, maximumScripts - seen.size);
    for (const file of wanted) seen.add(file);
    const read = await Promise.all(wanted.map((file) => readScript(store, file)));
    const found = read.filter((text) => text !== undefined);
    texts.push(...found);
    files = found.flatMap(storeFilesIn);
  }
  return texts;
}

async function readScript(store: StoreReader, path: string): Promise<string | undefined> {
  const contents = await store.readFile(path, scriptLimits);
  // An ELF file mentions libraries, not scripts.
  const isText = contents !== undefined && !contents.subarray(0, 4).includes(0x7f);
  return isText ? contents.toString("latin1") : undefined;
}
