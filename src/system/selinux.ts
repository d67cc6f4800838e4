import { readFile } from "node:fs/promises";
import type { StepContext } from "../run/step.ts";

/** Warns when the live system enforces SELinux, which denies programs of the unlabelled target what they need. */
export async function warnAboutSelinux(context: StepContext): Promise<void> {
  try {
    if ((await readFile("/sys/fs/selinux/enforce", "utf8")).trim() !== "1") return;
  } catch {
    // Without SELinux the file is not there.
    return;
  }
  context.log(
    "warning",
    "SELinux is enforcing on the live system; if activation or the boot loader fails, run setenforce 0 and try again",
  );
}
