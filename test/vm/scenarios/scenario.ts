import { expect } from "bun:test";
import type { SystemFixture } from "../../system/index.ts";
import type { BootedSystem, LiveSystem } from "../index.ts";

/** How the guest reaches the host's loopback, where nginx listens. */
export const hostAddress = "10.0.2.2";

/** Seconds an install may take under software emulation. */
export const installDeadline = 900;

/** Milliseconds a whole scenario may take: live system, install, boot and checks. */
export const scenarioTimeout = 25 * 60 * 1000;

/** What the live system must look like after the installer has ended as it did before. */
export interface LiveState {
  readonly mounts: string;
  readonly swaps: string;
  readonly rootEntries: string;
  readonly loopDevices: string;
}

/** What a leftover of the installer would change in the live system. */
export async function liveState(live: LiveSystem): Promise<LiveState> {
  const output = async (script: string) => (await live.run(script)).output;
  return {
    mounts: await output("cut -d' ' -f4- /proc/1/mountinfo"),
    swaps: await output("cat /proc/swaps"),
    rootEntries: await output("ls -A /"),
    loopDevices: await output("losetup -a"),
  };
}

/** The mounts of disks that each variant of the system has when it runs; NixOS binds the store on itself. */
const fileSystems = {
  uefi: ["/ ext4", "/boot vfat", "/nix/store ext4"],
  bios: ["/ ext4", "/nix/store ext4"],
};

/**
 * Logs in to the installed system and asserts what an administrator would look at first: that it runs the system that
 * was installed, on the disks it was installed to, that nothing failed, and that its own Nix finds every path of its
 * store intact.
 */
export async function expectInstalledSystem(
  booted: BootedSystem,
  fixture: SystemFixture,
  variant: keyof SystemFixture["toplevel"],
): Promise<void> {
  const toplevel = fixture.toplevel[variant];
  const { console } = booted;
  await console.login("root", fixture.password);
  const output = async (command: string, timeout = 60) => {
    const result = await console.run(command, { timeout });
    expect({ command, ...result }).toMatchObject({ exitCode: 0 });
    return result.output.trim();
  };

  expect(await output("readlink -f /run/current-system")).toBe(toplevel);
  expect(await output("readlink -f /run/booted-system")).toBe(toplevel);
  expect(await output("readlink -f /nix/var/nix/profiles/system")).toBe(toplevel);
  const mounts = await output("findmnt -rno TARGET,FSTYPE -t ext4,vfat");
  expect(mounts.split("\n").toSorted()).toEqual(fileSystems[variant]);
  await output("systemctl is-system-running --wait", 180);
  expect(await output("systemctl list-units --failed --no-legend --plain")).toBe("");
  await output("nix-store --verify --check-contents", 300);
  expect(await output("test -s /var/log/installer/install.log && echo kept")).toBe("kept");
}
