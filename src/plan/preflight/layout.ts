import type { Finding } from "../../findings/finding.ts";
import { futureStorage } from "./devices/future-storage.ts";
import { judgeLuks, judgeLvm } from "./early-devices.ts";
import { judgeFstab } from "./fstab.ts";
import { judgeOtherMounts, judgeUnmounted } from "./fstab-others.ts";
import { judgeInitrdMounts } from "./initrd-mounts.ts";
import type { PreflightInputs } from "./inputs.ts";
import type { JudgeInputs } from "./judge-inputs.ts";
import { judgeKernelParameters } from "./kernel-parameters.ts";
import { judgeArrays } from "./raid-arrays.ts";
import { judgeResume } from "./resume.ts";
import { judgeSwaps } from "./swap.ts";

const layoutJudges: readonly ((inputs: JudgeInputs) => readonly Finding[])[] = [
  judgeFstab,
  judgeOtherMounts,
  judgeUnmounted,
  judgeInitrdMounts,
  judgeSwaps,
  judgeLuks,
  judgeArrays,
  judgeLvm,
  judgeKernelParameters,
  judgeResume,
];

/** Whether the devices that the system expects are those that it will find. Pure. */
export function judgeLayout(inputs: PreflightInputs): Finding[] {
  const { storage, facts, system } = inputs;
  // What is no system expects nothing, and is told to be none.
  if (system.system === "") return [];
  const future = futureStorage(storage, facts, system);
  return layoutJudges.flatMap((judge) => judge({ ...inputs, future }));
}
