import type { Holder } from "../../facts/facts.ts";

/** Runs a program among the live system's mounts: the installer has a mount namespace of its own (nsenter(1)). */
export const inLiveNamespace: readonly string[] = ["nsenter", "--target", "1", "--mount"];

/** Without udevd nobody answers dmsetup, and it has to remove the node itself. */
const withoutUdev = ["--noudevrules", "--noudevsync"];

type Command = (holder: Holder, udev: boolean) => readonly string[];

const unmount: Command = ({ name }) => [...inLiveNamespace, "umount", name];

/** By the kind of holder; none for what is told through sysfs, goes with its device, or cannot be taken down. */
const commands: Readonly<Record<Holder["kind"], Command | undefined>> = {
  mount: unmount,
  "nested-mount": unmount,
  swap: ({ name }) => ["swapoff", name],
  "device-mapper": ({ name }, udev) => ["dmsetup", "remove", ...(udev ? [] : withoutUdev), name],
  md: ({ name, path }) => ["mdadm", "--stop", path ?? name],
  loop: ({ name, path }) => ["losetup", "--detach", path ?? name],
  "zfs-pool": ({ name }) => [...inLiveNamespace, "zpool", "export", name],
  bcache: undefined,
  "block-device": undefined,
  partition: undefined,
  "exclusive-open": undefined,
};

/** The command that takes a holder down; `undefined` for one that no command does. */
export function takeDownCommand(holder: Holder, udev: boolean): readonly string[] | undefined {
  return commands[holder.kind]?.(holder, udev);
}

/** The programs behind nsenter(1), and those with which disks are looked at once more before they are taken down. */
export function furtherPrograms(run: readonly (readonly string[])[]): string[] {
  const inner = run.flatMap((argv) =>
    argv.length > inLiveNamespace.length && inLiveNamespace.every((word, i) => argv[i] === word)
      ? argv.slice(inLiveNamespace.length, inLiveNamespace.length + 1)
      : [],
  );
  return [...inner, "sfdisk", "wipefs"];
}
