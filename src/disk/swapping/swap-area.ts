import { realpath } from "node:fs/promises";
import { readSwaps } from "../../facts/swaps.ts";
import { exec } from "../../run/command.ts";

/** A swap area that is to be made or used. */
export interface SwapArea {
  /** The node of the device, or the file as the live system sees it. */
  readonly device: string;
  /** Left out for one that is kept, which has its own. */
  readonly uuid?: string;
  readonly label?: string;
  /** Which area the kernel fills first, from 0 on (swapon(2)); left out for the kernel's own choice. */
  readonly priority?: number;
}

/** Makes a swap area (mkswap(8)). */
export function makeSwapCommand({ device, uuid, label }: SwapArea): string[] {
  return [
    "mkswap",
    ...(uuid === undefined ? [] : ["-U", uuid]),
    ...(label === undefined ? [] : ["-L", label]),
    device,
  ];
}

/** Has the kernel use a swap area (swapon(8)). */
export function swapOnCommand({ device, priority }: SwapArea): string[] {
  return ["swapon", ...(priority === undefined ? [] : ["-p", String(priority)]), device];
}

/** The path without links: the kernel knows an area by where a link led when it was switched on. */
async function withoutLinks(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

/** Ends the use of a swap area, if it is in use. */
export async function swapOff({ device }: SwapArea): Promise<void> {
  const path = await withoutLinks(device);
  for (const used of readSwaps()) {
    if ((await withoutLinks(used)) !== path) continue;
    await exec(["swapoff", used], { object: device });
  }
}
