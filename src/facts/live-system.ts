import { existsSync } from "node:fs";
import { release } from "node:os";
import type { MountInfo } from "../linux/mount-info.ts";
import type { LiveSystem } from "./facts.ts";
import { parseKeyValues, readAttribute } from "./sysfs.ts";

/** Takes the quotes and backslashes of a shell off a value. */
function unquote(value: string): string {
  const inner = /^(["'])(?<text>.*)\1$/.exec(value.trim())?.groups?.text ?? value.trim();
  return inner.replaceAll(/\\(["'$`\\])/g, "$1");
}

/** The identifier and the name of a system from the text of its os-release(5). */
export function parseOsRelease(text: string): { readonly id: string; readonly name: string } {
  const values = parseKeyValues(text);
  const id = unquote(values.get("ID") ?? "linux");
  return { id, name: unquote(values.get("PRETTY_NAME") ?? values.get("NAME") ?? id) };
}

/** The type of the file system that is visible at `/`: the one mounted there last. */
export function rootType(mounts: readonly MountInfo[]): string {
  return mounts.findLast(({ target }) => target === "/")?.type ?? "rootfs";
}

/** What SELinux does, by its file of selinuxfs (selinux(8)). */
async function readSelinux(): Promise<Pick<LiveSystem, "selinux">> {
  const enforce = await readAttribute("/sys/fs/selinux/enforce");
  if (enforce === undefined) return {};
  return { selinux: enforce === "1" ? "enforcing" : "permissive" };
}

/** The live system. @param mounts Its mounts. */
export async function readLiveSystem(mounts: readonly MountInfo[]): Promise<LiveSystem> {
  const text =
    (await readAttribute("/etc/os-release")) ?? (await readAttribute("/usr/lib/os-release"));
  return {
    ...parseOsRelease(text ?? ""),
    kernel: release(),
    rootType: rootType(mounts),
    // udevd listens here for udevadm (udevadm(8)).
    udev: existsSync("/run/udev/control"),
    ...(await readSelinux()),
  };
}
