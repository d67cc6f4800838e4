import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../errors.ts";
import {
  type EfiLoadOption,
  efiVariableHeaderSize,
  parseBootOrder,
  parseEfiLoadOption,
} from "./efi-load-option.ts";
import type { EfiProgram } from "./efi-programs.ts";
import type { Findings } from "./findings.ts";
import type { EfiVariableUse } from "./installer-script.ts";

/** GUID of the variables that the UEFI specification defines (EFI_GLOBAL_VARIABLE). */
const globalVariable = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

/** The entries of the firmware's boot order, first to last, each with the name of its variable. */
async function readFirmwareEntries(
  directory: string,
): Promise<(EfiLoadOption & { readonly variable: string })[]> {
  const order = await readVariable(directory, "BootOrder");
  const names = await listVariables(directory);
  const entries: (EfiLoadOption & { readonly variable: string })[] = [];
  for (const number of order === undefined ? [] : parseBootOrder(order)) {
    const variable = `Boot${number.toString(16).toUpperCase().padStart(4, "0")}`;
    const value = names.has(variable) ? await readVariable(directory, variable) : undefined;
    const option = value === undefined ? undefined : parseOrSkip(value);
    if (option !== undefined) entries.push({ ...option, variable });
  }
  return entries;
}

async function listVariables(directory: string): Promise<Set<string>> {
  try {
    const suffix = `-${globalVariable}`;
    const names = await readdir(directory);
    return new Set(
      names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)),
    );
  } catch (error) {
    if (errorCode(error) === "ENOENT") return new Set();
    throw error;
  }
}

async function readVariable(directory: string, name: string): Promise<Uint8Array | undefined> {
  try {
    const content = await readFile(join(directory, `${name}-${globalVariable}`));
    return content.subarray(efiVariableHeaderSize);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A malformed entry of some other system is not ours to judge. */
function parseOrSkip(value: Uint8Array): EfiLoadOption | undefined {
  try {
    return parseEfiLoadOption(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What the firmware must find. */
export interface FirmwareExpectation {
  /** The loader in its own directory; `undefined` when only the fallback was installed. */
  readonly loader: EfiProgram | undefined;
  /** The program at the fallback path; `undefined` when there is none. */
  readonly fallback: EfiProgram | undefined;
  /** GUID of the partition that holds them, in lower case; `undefined` when it is not known. */
  readonly partitionGuid: string | undefined;
  /** Whether the installer let the boot loader at the firmware's variables. */
  readonly efiVariables: boolean;
  /** What the boot loader's installer was made to do; `undefined` when its text does not say. */
  readonly use: EfiVariableUse | undefined;
}

/**
 * Judges whether the firmware will find the loader: by an active entry of its boot order, or by the fallback path. A
 * missing entry is a problem although the fallback exists only when the loader was made to write one and may have done
 * so in vain: newer bootctl counts a failure to do so in a chroot as success.
 */
export async function checkFirmwareEntry(
  findings: Findings,
  expectation: FirmwareExpectation,
  variablesDirectory: string,
): Promise<void> {
  const { loader, fallback, partitionGuid, efiVariables, use } = expectation;
  if (efiVariables) {
    const programs = [loader, fallback].flatMap((program) =>
      program === undefined ? [] : [`/${program.path}`.toLowerCase()],
    );
    const entry = (await readFirmwareEntries(variablesDirectory)).find(
      (option) =>
        option.active &&
        programs.includes((option.file ?? "").replaceAll("\\", "/").toLowerCase()) &&
        (partitionGuid === undefined || option.partitionGuid === partitionGuid),
    );
    if (entry !== undefined) {
      findings.loader = `${findings.loader ?? "loader"}, firmware entry ${entry.variable} (${entry.description})`;
      return;
    }
  }
  if (fallback === undefined) {
    findings.problems.push(
      loader === undefined
        ? "the ESP has no loader at the fallback path EFI/BOOT"
        : `no active firmware entry leads to ${loader.path}, and the ESP has no loader at the fallback path EFI/BOOT`,
    );
  } else if (efiVariables && use === "required" && loader !== undefined) {
    findings.problems.push(
      `no active firmware entry leads to ${loader.path}, although the system is made to write one (boot.loader.efi.canTouchEfiVariables)`,
    );
  } else if (efiVariables) {
    findings.notes.push(
      `No firmware entry was made; the firmware starts ${fallback.path} unless an entry of another system comes first`,
    );
  }
}
