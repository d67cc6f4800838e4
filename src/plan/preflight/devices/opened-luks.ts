import type { InitrdInfo, SystemInfo } from "../../../system-info/system-info.ts";
import { parseDeviceName } from "./device-name.ts";
import { type FutureDevice, type FutureStorage, findDevices } from "./future-device.ts";

/** A LUKS device that the system opens when it boots. */
export interface OpenedLuks {
  /** Of the mapping: `cryptroot`. */
  readonly name: string;
  /** As written. */
  readonly device: string;
  /** Whether the initrd opens it; else the system does, after root is there. */
  readonly isEarly: boolean;
  /** Whether the system boots without it. */
  readonly isOptional: boolean;
  /** Where that is said, for messages. */
  readonly source: "the initrd" | "etc/crypttab" | "the kernel parameters";
}

/** What is known of the initrd; `undefined` when there is none, or it cannot be read. */
export function knownInitrd({ initrd }: SystemInfo): InitrdInfo | undefined {
  return initrd === undefined || "unreadable" in initrd ? undefined : initrd;
}

/** Whether it is known of everything that opens LUKS in the initrd. */
export function isLuksKnown(system: SystemInfo): boolean {
  return system.initrd === undefined || knownInitrd(system)?.luksDevices !== undefined;
}

/** Parameters of systemd-cryptsetup-generator(8), which every initrd with systemd in it understands. */
function fromParameters({ kernelParameters }: SystemInfo): OpenedLuks[] {
  const source = "the kernel parameters";
  return kernelParameters.flatMap((word): OpenedLuks[] => {
    const [, key, uuid, name] =
      /^(?:rd\.)?luks\.(uuid|name)=([0-9a-fA-F-]+)(?:=(.+))?$/.exec(word) ?? [];
    if (key === undefined || uuid === undefined) return [];
    return [
      {
        name: name ?? `luks-${uuid}`,
        device: `UUID=${uuid}`,
        isEarly: true,
        isOptional: false,
        source,
      },
    ];
  });
}

/** Every LUKS device that the system is known to open. Pure. */
export function openedLuks(system: SystemInfo): readonly OpenedLuks[] {
  const initrd = knownInitrd(system);
  return [
    ...(initrd?.luksDevices ?? []).map(
      (each): OpenedLuks => ({ ...each, isEarly: true, isOptional: false, source: "the initrd" }),
    ),
    ...(initrd === undefined || initrd.kind === "systemd" ? fromParameters(system) : []),
    ...system.crypttab.map(
      ({ name, device, options }): OpenedLuks => ({
        name,
        device,
        isEarly: false,
        isOptional: options.includes("nofail") || options.includes("noauto"),
        source: "etc/crypttab",
      }),
    ),
  ];
}

/** The names under which the system opens a device; none when it does not. */
function namesOf(node: string, opened: readonly OpenedLuks[], storage: FutureStorage): string[] {
  return opened
    .filter(({ device }) => {
      const name = parseDeviceName(device);
      return (
        name !== undefined && findDevices(name, storage).found.some((each) => each.node === node)
      );
    })
    .map(({ name }) => name);
}

function mappingPaths(name: string): string[] {
  return [`/dev/mapper/${name}`, `/dev/disk/by-id/dm-name-${name}`];
}

/**
 * Gives the mappings of LUKS the names that the system opens them by, which need not be the manifest's, and adds those of
 * what stays on the machine. Pure.
 */
export function nameMappings(storage: FutureStorage, system: SystemInfo): FutureStorage {
  const opened = openedLuks(system);
  const isKnown = isLuksKnown(system);
  const renamed = storage.devices.map((device): FutureDevice => {
    const [container] = device.madeOn;
    if (device.layer !== "luks" || container === undefined) return device;
    const names = namesOf(container, opened, storage);
    const own = device.node.replace("/dev/mapper/", "");
    // A mapping that nobody opens is told once, by its own name.
    const valid = names.length > 0 && isKnown ? names : [...names, own];
    return { ...device, paths: valid.flatMap(mappingPaths) };
  });
  const others = storage.devices
    .filter(({ isPlanned, content }) => !isPlanned && content?.type === "crypto_LUKS")
    .flatMap(({ node }) =>
      namesOf(node, opened, storage).map(
        (name): FutureDevice => ({
          name: `/dev/mapper/${name}`,
          node: `/dev/mapper/${name}`,
          isPlanned: false,
          paths: mappingPaths(name),
          isOpaque: true,
          madeOn: [node],
          layer: "luks",
        }),
      ),
    );
  return { ...storage, devices: [...renamed, ...others] };
}
