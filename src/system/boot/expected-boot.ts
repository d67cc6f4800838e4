import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ownValue } from "../../own-value.ts";
import { resolveInRoot } from "../root-path.ts";
import { parseBootspec } from "./bootspec.ts";
import type { EfiArchitecture } from "./portable-executable.ts";

/** What the boot loader has to start. Paths of files are the live system's. */
export interface ExpectedBoot {
  readonly toplevel: string;
  /** The word that the kernel's command line must hold: `init=/nix/store/…/init`. */
  readonly init: string;
  readonly kernel: string;
  /** `undefined` for a system without one. */
  readonly initrd: string | undefined;
  /** Whether the loader's installer appends secrets to its copy of the initrd (`boot.initrd.secrets`). */
  readonly initrdSecrets: boolean;
  /** What EFI programs for this system may be built for. */
  readonly architectures: readonly EfiArchitecture[];
}

/** The firmware of a 64-bit PC may be a 32-bit one. */
const architecturesOf: Readonly<Record<string, readonly EfiArchitecture[]>> = {
  "x86_64-linux": ["x64", "ia32"],
  "i686-linux": ["ia32"],
  "aarch64-linux": ["aa64"],
  "riscv64-linux": ["riscv64"],
};

/**
 * Reads from a toplevel what is to be booted: from `boot.json`, or from its links where an old system has none.
 *
 * @throws {InstallerError} "system" when `boot.json` is malformed.
 */
export async function readExpectedBoot(root: string, toplevel: string): Promise<ExpectedBoot> {
  const inTarget = (path: string) => resolveInRoot(root, path);
  const document = await inTarget(`${toplevel}/boot.json`);
  const bootspec = existsSync(document)
    ? parseBootspec(await readFile(document, "utf8"))
    : undefined;
  const initrd = bootspec === undefined ? `${toplevel}/initrd` : bootspec.initrd;
  const initrdPath = initrd === undefined ? undefined : await inTarget(initrd);
  const secrets = bootspec === undefined ? `${toplevel}/append-initrd-secrets` : undefined;
  const system = bootspec?.system ?? (await readSystem(await inTarget(`${toplevel}/system`)));
  return {
    toplevel,
    init: `init=${bootspec?.init ?? `${toplevel}/init`}`,
    kernel: await inTarget(bootspec?.kernel ?? `${toplevel}/kernel`),
    initrd: initrdPath !== undefined && existsSync(initrdPath) ? initrdPath : undefined,
    initrdSecrets:
      bootspec?.initrdSecrets !== undefined ||
      (secrets !== undefined && existsSync(await inTarget(secrets))),
    architectures: ownValue(architecturesOf, system) ?? ["x64", "ia32", "aa64", "riscv64"],
  };
}

async function readSystem(path: string): Promise<string> {
  return existsSync(path) ? (await readFile(path, "utf8")).trim() : "";
}
