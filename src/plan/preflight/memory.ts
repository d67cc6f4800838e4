import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize, MiB } from "../../values/size.ts";
import type { MachineInputs } from "./inputs.ts";

/**
 * What must be available when an install begins, bytes, as measured with one worker, and 1.2 GB in xz with dictionaries
 * of 8 MiB (`docs/memory.md`): the installer grows by 76 MiB and the kernel's lists of files by 17, and without some more
 * the kernel can write nothing back. With 84 and with 96 MiB it killed the installer, with 128 it had 43 left. A pull with further workers is
 * only made where there is memory for them (`src/cache/resources.ts`); so is a portable store in memory
 * (`src/store/portable/location.ts`).
 */
const neededMemory = 120 * MiB;

/** Whether there is memory for the smallest install. Pure. */
export function judgeMemory({ manifest, facts }: MachineInputs): Finding[] {
  const { total, available } = facts.memory;
  if (available >= neededMemory) return [];
  const isFile = manifest["portable-store"]?.tarball.startsWith("/") === true;
  const tarball = isFile
    ? "give the portable store's tarball by its URL, if the file lies in memory, "
    : "";
  return [
    makeFinding(
      "preflight/memory",
      "memory",
      `${formatSize(available)} of ${formatSize(total)} are available, and an install needs ${formatSize(neededMemory)}`,
      `End what else runs and remove files from the live system's memory, ${tarball}start a smaller live system, or use a machine with more memory.`,
    ),
  ];
}
