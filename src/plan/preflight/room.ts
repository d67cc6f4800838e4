import type { Refusal } from "../../disk/safety/refusal.ts";
import type { PlannedDevice } from "../../disk/storage-object.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { formatSize } from "../../values/size.ts";
import { fileSystemAt } from "./mounted-at.ts";

/** What a file system needs beyond the files themselves: block rounding, inodes, the journal. */
const fileSystemOverhead = 1.1;

/** Whether the store will still be there after a restart. Pure. */
export function judgeStorePlace(manifest: Manifest): Refusal[] {
  const store = fileSystemAt("/nix/store", manifest);
  if (store?.table.type !== "tmpfs") return [];
  return [
    {
      object: `filesystem."${store.mountPoint}"`,
      message: "/nix/store would be in memory: the system would be gone after a restart",
      hint: 'Add filesystem."/nix" on a disk.',
    },
  ];
}

/** Whether the closure fits on what will hold the store. Pure. @param narSize Bytes of the closure. */
export function judgeRoom(
  manifest: Manifest,
  devices: ReadonlyMap<string, PlannedDevice>,
  narSize: number,
): Refusal[] {
  const store = fileSystemAt("/nix/store", manifest);
  const device = devices.get(store?.table.device ?? "");
  const needed = narSize * fileSystemOverhead;
  if (store === undefined || device === undefined || device.size >= needed) return [];
  return [
    {
      object: `filesystem."${store.mountPoint}"`,
      message:
        `the system needs ${formatSize(needed)} for /nix/store, ` +
        `but ${device.reference} has ${formatSize(device.size)}`,
      hint: `Make ${device.reference} larger, or the system smaller.`,
    },
  ];
}
