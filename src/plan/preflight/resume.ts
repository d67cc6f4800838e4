import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { formatSize } from "../../values/size.ts";
import { describeDevice, stablePath } from "./devices/describe-device.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { type FutureDevice, findDevices } from "./devices/future-device.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

const object = "boot.resumeDevice";

function remedy({ future }: JudgeInputs): string {
  const swap = future.devices.find(
    ({ isPlanned, content }) => isPlanned && content?.type === "swap",
  );
  return swap === undefined
    ? "Add a swap to the manifest, or leave out boot.resumeDevice in the NixOS configuration."
    : `Set boot.resumeDevice = "${stablePath(swap)}" in the NixOS configuration, or give the swap in the manifest the name that it has there.`;
}

function mismatch(message: string, inputs: JudgeInputs): Finding[] {
  return [makeFinding("preflight/resume-mismatch", object, message, remedy(inputs))];
}

/** The kernel writes an image of at most the memory in use; what is less than all of it may be too little. */
function judgeSize(device: FutureDevice, { storage, facts }: JudgeInputs): Finding[] {
  const size = [...storage.devices.values()].find(({ path }) => path === device.node)?.size;
  const { total } = facts.memory;
  if (size === undefined || size >= total) return [];
  return [
    makeFinding(
      "preflight/resume-size",
      object,
      `the system hibernates to ${device.name} with ${formatSize(size)}, and the machine has ${formatSize(total)} of memory`,
      "Make the swap as large as the memory: hibernation fails when what is in memory does not fit.",
    ),
  ];
}

function judgeContent(written: string, device: FutureDevice, inputs: JudgeInputs): Finding[] {
  const { content, isOpaque } = device;
  if (content?.type === "swap") return judgeSize(device, inputs);
  if (isOpaque) return [];
  if (content?.type === "random-swap") {
    return mismatch(
      `the system resumes from ${describeDevice(device)}, which every boot encrypts with a new key, so that nothing is left to resume from`,
      inputs,
    );
  }
  const isFile = inputs.system.kernelParameters.some((word) => word.startsWith("resume_offset="));
  if (isFile && content !== undefined) {
    return [
      makeFinding(
        "preflight/resume-offset",
        object,
        "the system resumes from a swap file by its place on the disk (resume_offset=), which is another for every file",
        "Look the place up in the installed system (filefrag -v, or btrfs inspect-internal map-swapfile) and build the system again.",
      ),
    ];
  }
  return mismatch(
    `the system resumes from ${written}, but ${describeDevice(device)} will carry ${content?.type ?? "nothing"} instead of swap`,
    inputs,
  );
}

/** Whether the system resumes from swap that will be there. Pure. */
export function judgeResume(inputs: JudgeInputs): Finding[] {
  const word = inputs.system.kernelParameters.findLast((each) => each.startsWith("resume="));
  const written = word?.slice("resume=".length) ?? "";
  const name = parseDeviceName(written);
  if (name === undefined) return [];
  const { found, isCertain } = findDevices(name, inputs.future);
  const [device] = found;
  if (device !== undefined) return judgeContent(written, device, inputs);
  if (!isCertain) return [];
  return mismatch(
    `the system resumes from ${written}, and nothing on this machine will be that`,
    inputs,
  );
}
