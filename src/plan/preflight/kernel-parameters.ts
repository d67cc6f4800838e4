import { partitionTypeId } from "../../disk/partitioning/partition-types.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { describeDevice, stablePath } from "./devices/describe-device.ts";
import { parseDeviceName } from "./devices/device-name.ts";
import { devicesBelow, findDevices } from "./devices/future-device.ts";
import { mountedDevicesAt } from "./fstab.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

/** What other distributions' initrds read, and NixOS's do not. */
const foreignParameters =
  /^(?:cryptdevice|cryptkey|cryptopts|rd\.lvm\.lv|rd\.lvm\.vg|rd\.md\.uuid)=/;

/** The types by which systemd-gpt-auto-generator(8) finds root, by architecture. */
const rootTypes: Readonly<Record<string, string>> = {
  x86_64: "root-x86-64",
  i686: "root-x86",
  aarch64: "root-arm64",
  armv7l: "root-arm",
  riscv64: "root-riscv64",
  loongarch64: "root-loongarch64",
  powerpc64le: "root-ppc64-le",
};

function mismatch(message: string, hint: string): Finding[] {
  return [makeFinding("preflight/kernel-root-mismatch", 'filesystem."/"', message, hint)];
}

/** Whether systemd finds root by the type of its partition. */
function judgeAutomaticRoot(inputs: JudgeInputs): Finding[] {
  const [architecture = ""] = inputs.system.system.split("-");
  const type = rootTypes[architecture];
  const guid = type === undefined ? undefined : partitionTypeId("gpt", type);
  const devices = mountedDevicesAt("/", inputs).flatMap(({ node }) =>
    devicesBelow(node, inputs.future),
  );
  if (guid === undefined || devices.some(({ partType }) => partType === guid)) return [];
  return mismatch(
    `the system looks for / by the partition type ${type} (root=gpt-auto), and the layout has it on no such partition`,
    `Set type = "${type}" for the partition of / in the manifest.`,
  );
}

function judgeRoot(value: string, inputs: JudgeInputs): Finding[] {
  if (value.startsWith("gpt-auto")) return judgeAutomaticRoot(inputs);
  const name = parseDeviceName(value);
  if (name === undefined) return [];
  const expected = mountedDevicesAt("/", inputs);
  const { found } = findDevices(name, inputs.future);
  if (found.some(({ node }) => expected.some((device) => device.node === node))) return [];
  if (expected.some(({ isOpaque }) => isOpaque)) return [];
  const [device] = expected;
  const given = device === undefined ? "memory" : describeDevice(device);
  return mismatch(
    `the kernel parameter root=${value} is another device than the layout puts / on: ${given}`,
    device === undefined
      ? "Take root= out of boot.kernelParams in the NixOS configuration."
      : `Write root=${stablePath(device)} in boot.kernelParams in the NixOS configuration, or leave it out.`,
  );
}

/** Whether the kernel parameters fit the layout. Pure. */
export function judgeKernelParameters(inputs: JudgeInputs): Finding[] {
  const words = inputs.system.kernelParameters;
  const root = words.findLast((word) => word.startsWith("root="));
  const ignored = words.filter((word) => foreignParameters.test(word));
  return [
    ...(root === undefined ? [] : judgeRoot(root.slice("root=".length), inputs)),
    ...ignored.map((word) =>
      makeFinding(
        "preflight/kernel-parameter-ignored",
        "boot.kernelParams",
        `the kernel parameter ${word} means nothing to NixOS's initrd`,
        "Use the NixOS option for it: boot.initrd.luks.devices, boot.initrd.services.lvm or boot.swraid.",
      ),
    ),
  ];
}
