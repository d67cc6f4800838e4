import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { mountsOf, needsBoot, storedOn } from "./mount-outline.ts";
import type { DeviceOutline, ObjectOutline, Outline } from "./outline.ts";

/** What GRUB cannot read, with the reason; `undefined` where it can. */
function whyUnreadable({ object, part }: DeviceOutline): string | undefined {
  const reason = object.kind.hiddenFromGrub?.(object.values, part?.values);
  return reason === undefined ? undefined : `${formatKeyPath(object.path)}, ${reason}`;
}

/** An object and all that it is made on, from above. */
function* devicesUnder(
  devices: Outline["devices"],
  { references }: ObjectOutline,
  seen: ReadonlySet<string> = new Set(),
): Generator<DeviceOutline> {
  for (const reference of references) {
    const device = devices.get(reference.device);
    if (device === undefined || seen.has(reference.device)) continue;
    yield device;
    yield* devicesUnder(devices, device.object, new Set([...seen, reference.device]));
  }
}

/** What may keep a machine from booting, but need not: which boot loader the system has is not in the manifest. */
export function bootWarnings(outline: Outline): Finding[] {
  const mounts = mountsOf(outline);
  const holder = storedOn("/boot", mounts);
  if (holder === undefined || !needsBoot(mounts, outline)) return [];
  const reasons = [...devicesUnder(outline.devices, holder)].map(whyUnreadable);
  return [...new Set(reasons)].flatMap((reason) => {
    if (reason === undefined) return [];
    const message = `/boot lies on ${reason}: put it on a partition of its own`;
    return [{ path: [...holder.path, "device"], side: "value", message }];
  });
}
