import { readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { HardwareIdentity } from "./disk-identity.ts";
import { listDirectory } from "./sysfs.ts";

/** udev writes white space in a link's name as `_`. */
function linkName(text: string): string {
  return text.trim().replaceAll(/\s+/g, "_");
}

/**
 * The links below `/dev/disk/by-id` that udev makes for a disk of this identity (`60-persistent-storage.rules`), so
 * that a manifest that names one also works on a live system without udev. Only those which follow from sysfs alone:
 * virtio, NVMe, MMC and World Wide Names.
 *
 * @param name The kernel's name: `nvme0n1`.
 */
export function expectedLinks(name: string, identity: HardwareIdentity): string[] {
  const { serial, model, wwn } = identity;
  const names: string[] = [];
  if (/^vd[a-z]+$/.test(name) && serial !== undefined) names.push(`virtio-${linkName(serial)}`);
  if (name.startsWith("nvme")) {
    if (wwn !== undefined) names.push(`nvme-${linkName(wwn)}`);
    if (model !== undefined && serial !== undefined) {
      names.push(`nvme-${linkName(model)}_${linkName(serial)}`);
    }
  }
  if (/^mmcblk\d+$/.test(name) && model !== undefined && serial !== undefined) {
    names.push(`mmc-${linkName(model)}_${linkName(serial)}`);
  }
  if (/^sd[a-z]+$/.test(name) && wwn?.startsWith("0x")) names.push(`wwn-${wwn}`);
  return names.map((link) => `/dev/disk/by-id/${link}`);
}

/** Every link in `/dev` and in the directories of `/dev/disk`, by the node it leads to. */
export async function readDeviceLinks(devices = "/dev"): Promise<Map<string, string[]>> {
  const directories = [devices];
  for (const name of await listDirectory(join(devices, "disk"))) {
    directories.push(join(devices, "disk", name));
  }
  const links = new Map<string, string[]>();
  for (const directory of directories) {
    for (const name of await listDirectory(directory)) {
      const link = join(directory, name);
      const target = await linkTarget(link);
      if (target === undefined) continue;
      const known = links.get(target);
      if (known === undefined) links.set(target, [link]);
      else known.push(link);
    }
  }
  return links;
}

async function linkTarget(link: string): Promise<string | undefined> {
  try {
    return resolve(link, "..", await readlink(link));
  } catch {
    return undefined;
  }
}
