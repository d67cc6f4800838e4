import { readFile, stat } from "node:fs/promises";
import { resolveInRoot } from "../root-path.ts";
import {
  type BootLoader,
  bootLoaderOf,
  type EfiVariableUse,
  efiVariableUseOf,
  storeFilesIn,
} from "./installer-script.ts";

/** Bytes up to which a file of the store is taken for a script. */
const largestScript = 1024 * 1024;
/** Scripts between `switch-to-configuration` and the builder that knows its settings. */
const depth = 4;

/** What a toplevel says about its boot loader before it has run. */
export interface LoaderDeclaration {
  readonly loader: BootLoader;
  /** `undefined` when the scripts do not say. */
  readonly efiVariableUse: EfiVariableUse | undefined;
}

/** Reads `bin/switch-to-configuration` of a toplevel, and the scripts that it leads to, in the target's store. */
export async function readLoaderDeclaration(
  root: string,
  toplevel: string,
): Promise<LoaderDeclaration> {
  const wrapper = (await readScript(root, `${toplevel}/bin/switch-to-configuration`)) ?? "";
  const loader = bootLoaderOf(wrapper);
  const efiVariableUse =
    loader === "systemd-boot" || loader === "grub"
      ? await findEfiVariableUse(root, wrapper)
      : undefined;
  return { loader, efiVariableUse };
}

async function findEfiVariableUse(
  root: string,
  wrapper: string,
): Promise<EfiVariableUse | undefined> {
  const seen = new Set<string>();
  let files = storeFilesIn(wrapper).filter((path) => /-install-(systemd-boot|grub)/.test(path));
  for (let level = 0; level < depth && files.length > 0; level++) {
    const mentioned: string[] = [];
    for (const file of files) {
      if (seen.has(file)) continue;
      seen.add(file);
      const text = await readScript(root, file);
      const use = efiVariableUseOf(text ?? "");
      if (use !== undefined) return use;
      mentioned.push(...storeFilesIn(text ?? ""));
    }
    files = mentioned;
  }
  return undefined;
}

async function readScript(root: string, path: string): Promise<string | undefined> {
  const file = await resolveInRoot(root, path);
  const status = await stat(file).catch(() => undefined);
  return status?.isFile() === true && status.size <= largestScript
    ? await readFile(file, "latin1")
    : undefined;
}
