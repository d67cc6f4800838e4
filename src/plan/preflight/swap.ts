import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { FstabEntry } from "../../system-info/system-info.ts";
import { describeDevice, manifestRemedy, stablePath } from "./devices/describe-device.ts";
import { parseDeviceName, tagLink } from "./devices/device-name.ts";
import { type FutureDevice, findDevices } from "./devices/future-device.ts";
import { isMountedAtBoot, isOptional } from "./fstab-entry.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

const object = "swapDevices";

/** What `systemd-escape --path` makes of a path, without the backslashes, as NixOS names the mapping of encrypted swap. */
function mappingName(path: string): string {
  return path
    .slice(1)
    .replaceAll(
      /[^0-9A-Za-z:_./]/g,
      (character) => `x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
    )
    .replaceAll("/", "-");
}

/** Every path by which a device can be written. */
function allPaths({ paths, content, partUuid, partLabel }: FutureDevice): string[] {
  return [
    ...paths,
    ...(content?.uuid === undefined ? [] : [tagLink("UUID", content.uuid)]),
    ...(content?.label === undefined ? [] : [tagLink("LABEL", content.label)]),
    ...(partUuid === undefined ? [] : [tagLink("PARTUUID", partUuid)]),
    ...(partLabel === undefined ? [] : [tagLink("PARTLABEL", partLabel)]),
  ];
}

/** The device that the system encrypts anew at every boot, if that is what it swaps to (nixpkgs, `swap.nix`). */
function randomDevice({ device }: FstabEntry, { future }: JudgeInputs): FutureDevice | undefined {
  const name = device.replace("/dev/mapper/", "");
  return future.devices.find((each) => allPaths(each).some((path) => mappingName(path) === name));
}

function swapRemedy(written: string, inputs: JudgeInputs): string {
  const name = parseDeviceName(written);
  const swaps = inputs.future.devices.filter(
    ({ isPlanned, content }) => isPlanned && content?.type === "swap",
  );
  const [swap] = swaps;
  if (swap === undefined || swaps.length > 1) {
    return "Add a swap of that name to the manifest, or take it out of swapDevices in the NixOS configuration.";
  }
  const remedy = name === undefined ? undefined : manifestRemedy(name, swap);
  return `In the NixOS configuration set swapDevices = [ { device = "${stablePath(swap)}"; } ]${remedy === undefined ? "" : `, or in the manifest ${remedy}`}.`;
}

function missing(entry: FstabEntry, inputs: JudgeInputs): Finding[] {
  if (isOptional(entry)) return [];
  return [
    makeFinding(
      "preflight/fstab-swap-missing",
      object,
      `the system's etc/fstab swaps to ${entry.device}, and nothing on this machine will be that: every boot would wait 90 seconds for it`,
      swapRemedy(entry.device, inputs),
    ),
  ];
}

function judgeRandom(device: FutureDevice): Finding[] {
  const type = device.content?.type;
  if (type === undefined || type === "random-swap" || type === "swap") return [];
  return [
    makeFinding(
      "preflight/swap-overwrites",
      object,
      `the system encrypts ${describeDevice(device)} anew at every boot to swap to it, and it carries ${type}, which would be lost`,
      "Name another device in swapDevices in the NixOS configuration.",
    ),
  ];
}

function judgeFile({ device }: FstabEntry, { manifest }: JudgeInputs): Finding[] {
  if (Object.values(manifest.swap).some(({ file }) => file === device)) return [];
  return [
    makeFinding(
      "preflight/fstab-swap-file",
      object,
      `the system swaps to the file ${device}, which the manifest does not make`,
      "NixOS makes it at boot if swapDevices gives its size; else add it to the manifest as [swap.NAME].",
    ),
  ];
}

function judgeSwap(entry: FstabEntry, inputs: JudgeInputs): Finding[] {
  const name = parseDeviceName(entry.device);
  if (name === undefined) return judgeFile(entry, inputs);
  if ("path" in name && /^\/dev\/zram\d+$/.test(name.path)) return [];
  const { found, isCertain } = findDevices(name, inputs.future);
  const [device] = found;
  if (device === undefined) {
    const random = entry.device.startsWith("/dev/mapper/")
      ? randomDevice(entry, inputs)
      : undefined;
    if (random !== undefined) return judgeRandom(random);
    return isCertain ? missing(entry, inputs) : [];
  }
  const { content, isOpaque } = device;
  if (content?.type === "swap" || isOpaque || isOptional(entry)) return [];
  const carried =
    content?.type === "random-swap"
      ? "the manifest leaves it empty (random-encryption)"
      : `it will carry ${content?.type ?? "nothing"}`;
  return [
    makeFinding(
      "preflight/fstab-swap-mismatch",
      object,
      `the system's etc/fstab swaps to ${describeDevice(device)}, but ${carried}`,
      content?.type === "random-swap"
        ? "Set randomEncryption.enable = true for it in swapDevices in the NixOS configuration, or take random-encryption out of the manifest."
        : swapRemedy(entry.device, inputs),
    ),
  ];
}

/** Whether a device of the manifest is one that the system swaps to. */
function isUsed(node: string, inputs: JudgeInputs): boolean {
  return inputs.system.fstab.some((entry) => {
    if (entry.type !== "swap") return false;
    const name = parseDeviceName(entry.device);
    if (name === undefined) return false;
    return (
      findDevices(name, inputs.future).found.some((each) => each.node === node) ||
      randomDevice(entry, inputs)?.node === node
    );
  });
}

function judgeUnused(inputs: JudgeInputs): Finding[] {
  const { manifest, storage, system } = inputs;
  return Object.entries(manifest.swap).flatMap(([name, { device, file }]) => {
    const node = storage.devices.get(device ?? "")?.path;
    const used =
      file === undefined
        ? node === undefined || isUsed(node, inputs)
        : system.fstab.some((entry) => entry.type === "swap" && entry.device === file);
    if (used) return [];
    return [
      makeFinding(
        "preflight/swap-not-in-fstab",
        `swap.${name}`,
        "the system's etc/fstab does not swap to it",
        "Add it to swapDevices in the NixOS configuration if the system is to use it.",
      ),
    ];
  });
}

/** Whether the system's swap will be there, and the manifest's will be used. Pure. */
export function judgeSwaps(inputs: JudgeInputs): Finding[] {
  const entries = inputs.system.fstab.filter(
    (entry) => entry.type === "swap" && isMountedAtBoot(entry),
  );
  return [...entries.flatMap((entry) => judgeSwap(entry, inputs)), ...judgeUnused(inputs)];
}
