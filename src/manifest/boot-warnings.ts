import { formatKeyPath } from "./key-path.ts";
import { mountsOf, needsBoot, storedOn } from "./mount-outline.ts";
import type { DeviceOutline, ObjectOutline, Outline } from "./outline.ts";

/** Why GRUB cannot read what lies on a device (GRUB 2.12: `disk/luks2.c`, `disk/lvm.c`); `undefined` where it can. */
function whyUnreadable({ object, part }: DeviceOutline): string | undefined {
  const name = formatKeyPath(object.path);
  if (object.table === "luks" && object.values.pbkdf !== "pbkdf2") {
    return `${name}, which GRUB can open only with pbkdf = "pbkdf2"`;
  }
  if (part?.values.type === "thin") return `a thin volume of ${name}, which GRUB cannot read`;
  return object.kind.holds === "bcachefs" ? `${name}, which GRUB cannot read` : undefined;
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

/**
 * What may keep a machine from booting, but need not: which boot loader the system has is not in the manifest.
 *
 * @returns Sentences without a full stop.
 */
export function bootWarnings(outline: Outline): readonly string[] {
  const mounts = mountsOf(outline);
  const holder = storedOn("/boot", mounts);
  if (holder === undefined || !needsBoot(mounts, outline)) return [];
  const reasons = [...devicesUnder(outline.devices, holder)].map(whyUnreadable);
  return [...new Set(reasons)].flatMap((reason) =>
    reason === undefined ? [] : [`/boot lies on ${reason}: put it on a partition of its own`],
  );
}
