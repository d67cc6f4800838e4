import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";

/** The vendor GUID of the variables that the UEFI specification defines (EFI_GLOBAL_VARIABLE). */
const globalVariable = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

/** What the firmware's variables tell of the firmware itself. */
export interface EfiState {
  /** Whether the firmware starts only what is signed; left out where it does not tell. */
  readonly secureBoot?: boolean;
  /** Whether keys can be enrolled, so that nothing is checked; left out where it does not tell. */
  readonly setupMode?: boolean;
  /** Bytes that are left for variables; left out where the kernel does not tell (statfs(2) of efivarfs, since 2023). */
  readonly freeSpace?: number;
}

/** A variable of one byte. In efivarfs four bytes of attributes come first (the kernel's efivarfs.rst). */
async function readFlag(directory: string, name: string): Promise<boolean | undefined> {
  const bytes = await readFile(join(directory, `${name}-${globalVariable}`)).catch(() => undefined);
  return bytes?.length === 5 ? bytes[4] === 1 : undefined;
}

/** What is left in efivarfs for variables, the kernel's reserve not counted; `undefined` where it does not tell. */
async function readFreeSpace(directory: string): Promise<number | undefined> {
  const { blocks, bavail, bsize } = await statfs(directory);
  return blocks === 0 ? undefined : bavail * bsize;
}

/** Reads what efivarfs tells. @param directory Where it is mounted. */
export async function readEfiState(directory: string): Promise<EfiState> {
  const secureBoot = await readFlag(directory, "SecureBoot");
  const setupMode = await readFlag(directory, "SetupMode");
  const freeSpace = await readFreeSpace(directory).catch(() => undefined);
  return {
    ...(secureBoot === undefined ? {} : { secureBoot }),
    ...(setupMode === undefined ? {} : { setupMode }),
    ...(freeSpace === undefined ? {} : { freeSpace }),
  };
}
