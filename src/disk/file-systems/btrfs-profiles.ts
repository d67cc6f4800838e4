/** How often a profile of btrfs stores everything, and on how many devices (mkfs.btrfs(8), PROFILES). */
interface Profile {
  /** Fewest devices; those that some version of mkfs.btrfs asks for. */
  readonly devices: number;
  readonly copies?: number;
  /** Devices' worth of parity. */
  readonly parity?: number;
}

/** The names of all profiles. */
export const profileNames = [
  "single",
  "dup",
  "raid0",
  "raid1",
  "raid1c3",
  "raid1c4",
  "raid10",
  "raid5",
  "raid6",
] as const;

/** The name of a profile: `raid1`. */
export type ProfileName = (typeof profileNames)[number];

const profiles: Readonly<Record<ProfileName, Profile>> = {
  single: { devices: 1 },
  dup: { devices: 1, copies: 2 },
  raid0: { devices: 2 },
  raid1: { devices: 2, copies: 2 },
  raid1c3: { devices: 3, copies: 3 },
  raid1c4: { devices: 4, copies: 4 },
  raid10: { devices: 4, copies: 2 },
  raid5: { devices: 3, parity: 1 },
  raid6: { devices: 4, parity: 2 },
};

/** The fewest devices that a profile needs. */
export function profileDevices(name: ProfileName): number {
  return profiles[name].devices;
}

/**
 * The bytes that there is room for with a profile on devices; less than there may be, when they differ in size.
 *
 * @param sizes Bytes of each device.
 */
export function profileRoom(name: ProfileName, sizes: readonly number[]): number {
  const { copies = 1, parity = 0 } = profiles[name];
  const smallest = Math.min(...sizes);
  if (parity > 0) return smallest * (sizes.length - parity);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (copies === 1 || name === "dup") return total / copies;
  // Each copy lies on a device of its own: what the largest has more than all others together is of no use.
  return name === "raid1"
    ? Math.min(total / copies, total - Math.max(...sizes))
    : (smallest * sizes.length) / copies;
}
