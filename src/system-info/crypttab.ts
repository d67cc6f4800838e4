import { tableLines } from "./fstab.ts";
import type { CrypttabEntry } from "./system-info.ts";

/** Reads `/etc/crypttab` (crypttab(5)): name, device, key file and options between blanks and tabs. */
export function parseCrypttab(text: string): CrypttabEntry[] {
  return tableLines(text).flatMap(([name, device, , options]) =>
    name === undefined || device === undefined
      ? []
      : [{ name, device, options: options?.split(",").filter((each) => each !== "") ?? [] }],
  );
}
