import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import type { MountInfo } from "../linux/mount-info.ts";
import { hasNoRuntime } from "./efi-runtime.ts";
import { readEfiState } from "./efi-variables.ts";
import type { Firmware } from "./facts.ts";
import { readAttribute } from "./sysfs.ts";

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The firmware that started the live system: UEFI where the kernel has `/sys/firmware/efi`, else BIOS. A kernel older
 * than 3.14 does not tell the word size; it can only be started by a firmware of its own, 64 bits.
 *
 * @param mounts The mounts of the live system.
 */
export async function readFirmware(
  mounts: readonly MountInfo[],
  sysfs = "/sys",
  proc = "/proc",
): Promise<Firmware> {
  const directory = join(sysfs, "firmware/efi");
  if (!existsSync(directory)) return { kind: "bios" };
  const wordSize = await readAttribute(join(directory, "fw_platform_size"));
  const variables = join(directory, "efivars");
  const mounted = mounts.some(({ type, target }) => type === "efivarfs" && target === variables);
  const common = { kind: "uefi", bits: wordSize === "32" ? 32 : 64 } as const;
  if (!mounted) {
    const efiVariables = (await hasNoRuntime(sysfs, proc)) ? "disabled" : "not-mounted";
    return { ...common, efiVariables };
  }
  const efiVariables = isWritable(variables) ? "writable" : "read-only";
  return { ...common, efiVariables, ...(await readEfiState(variables)) };
}
