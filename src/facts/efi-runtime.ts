import { join } from "node:path";
import { readAttribute } from "./sysfs.ts";

/**
 * Whether a kernel leaves the firmware's runtime services alone, and with them its variables: told so, or because it is a
 * real-time kernel that is not told otherwise (the kernel's `admin-guide/kernel-parameters.txt`, `efi=` and `noefi`).
 *
 * @param parameters Those that it was started with.
 */
function leavesRuntimeAlone(parameters: string, isRealTime: boolean): boolean {
  let answer = isRealTime;
  for (const parameter of parameters.split(/\s+/)) {
    const options = parameter.startsWith("efi=") ? parameter.slice(4).split(",") : [];
    if (parameter === "noefi" || options.includes("noruntime")) answer = true;
    if (options.includes("runtime")) answer = false;
  }
  return answer;
}

/** Whether the running kernel offers no variables of the firmware, though it has efivarfs. */
export async function hasNoRuntime(sysfs: string, proc: string): Promise<boolean> {
  const parameters = (await readAttribute(join(proc, "cmdline"))) ?? "";
  const isRealTime = (await readAttribute(join(sysfs, "kernel/realtime"))) === "1";
  return leavesRuntimeAlone(parameters, isRealTime);
}
