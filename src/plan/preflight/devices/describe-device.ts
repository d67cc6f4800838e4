import type { DeviceName } from "./device-name.ts";
import { tagLink } from "./device-name.ts";
import type { FutureDevice } from "./future-device.ts";

/** All that a device can be found by but its links: `UUID=…, LABEL=nixos, PARTLABEL=root`. */
function namesOf({ content, partUuid, partLabel, layer, paths }: FutureDevice): string[] {
  const [path] = paths;
  const isNamed = layer === "luks" || layer === "lvm" || layer === "raid";
  return [
    ...(isNamed && path !== undefined ? [path] : []),
    ...(content?.uuid === undefined ? [] : [`UUID=${content.uuid}`]),
    ...(content?.label === undefined ? [] : [`LABEL=${content.label}`]),
    ...(partUuid === undefined ? [] : [`PARTUUID=${partUuid}`]),
    ...(partLabel === undefined || partLabel === "" ? [] : [`PARTLABEL=${partLabel}`]),
  ];
}

/** A device with what it can be found by: `main.root (UUID=…, LABEL=nixos)`. */
export function describeDevice(device: FutureDevice): string {
  const names = namesOf(device);
  return names.length === 0 ? device.name : `${device.name} (${names.join(", ")})`;
}

/** What to write in a NixOS configuration so that it finds a device: a path that does not change. */
export function stablePath({ content, partUuid, layer, paths, node }: FutureDevice): string {
  const [path] = paths;
  if ((layer === "luks" || layer === "lvm") && path !== undefined) return path;
  if (content?.uuid !== undefined) return tagLink("UUID", content.uuid);
  if (partUuid !== undefined) return tagLink("PARTUUID", partUuid);
  return path ?? node;
}

/** What to write in the manifest so that a device has the name that the system wants; `undefined` when nothing does. */
export function manifestRemedy(wanted: DeviceName, device: FutureDevice): string | undefined {
  if ("path" in wanted) return undefined;
  const { tag, value } = wanted;
  if (tag === "LABEL") return `give what is on ${device.name} the label = ${JSON.stringify(value)}`;
  if (device.layer !== "partition" || tag === "UUID") return undefined;
  const key = tag === "PARTUUID" ? "uuid" : "label";
  return `give the partition ${device.name} the ${key} = ${JSON.stringify(value)}`;
}
