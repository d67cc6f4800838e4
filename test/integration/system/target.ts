import { chmod, cp, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Store path of the one package the systems of these tests are made of. */
const busybox = "/nix/store/00000000000000000000000000000000-busybox-static";

/** Store path of the system that {@link makeTarget} puts into a target. */
export const toplevel = "/nix/store/11111111111111111111111111111111-nixos-system-test-1";

const applets = [
  ..."sh cat cp mkdir mount ln rm touch env sleep readlink echo test head ls grep id ip".split(" "),
  "setsid",
];

/** The parts of a system that a test cares about; each script's text without its first line. */
export interface SystemScripts {
  /** `undefined`: makes /etc/os-release, no more. `null`: the system has none. */
  readonly activate?: string | null;
  /** `undefined`: does nothing and is successful. `null`: the system has none. */
  readonly switchToConfiguration?: string | null;
  /** `undefined` and `null`: the system has no systemd-tmpfiles. */
  readonly tmpfiles?: string | null;
}

/** What the shortest activation does. */
export const makeOsRelease = "mkdir -p /etc && echo ID=nixos > /etc/os-release";

/** Makes a root whose store holds a small system of real scripts and a static shell, and nothing else. */
export async function makeTarget(root: string, scripts: SystemScripts = {}): Promise<void> {
  const { activate = makeOsRelease, switchToConfiguration = ":", tmpfiles = null } = scripts;
  const system = join(root, toplevel);
  const bin = join(root, busybox, "bin");
  await mkdir(join(system, "sw/bin"), { recursive: true });
  await mkdir(bin, { recursive: true });
  await cp("/bin/busybox", join(bin, "busybox"));
  for (const applet of applets) {
    await symlink("busybox", join(bin, applet));
    await symlink(`${busybox}/bin/busybox`, join(system, "sw/bin", applet));
  }
  await writeScript(join(system, "activate"), activate);
  await writeScript(join(system, "bin/switch-to-configuration"), switchToConfiguration);
  await writeScript(join(system, "sw/bin/systemd-tmpfiles"), tmpfiles);
}

async function writeScript(path: string, body: string | null): Promise<void> {
  if (body === null) return;
  await mkdir(dirname(path), { recursive: true });
  await Bun.write(path, `#!${busybox}/bin/sh -e\n${body}\n`);
  await chmod(path, 0o755);
}
