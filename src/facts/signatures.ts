import { open } from "node:fs/promises";
import * as v from "valibot";
import { exec } from "../run/command.ts";
import type { BlockDevice } from "./block-device.ts";
import type { Signature } from "./facts.ts";

const wipefsOutput = v.object({
  signatures: v.array(
    v.object({
      device: v.string(),
      type: v.string(),
      uuid: v.nullable(v.string()),
      label: v.nullable(v.string()),
    }),
  ),
});

/**
 * Parses what `wipefs --json` prints for some devices: each kind of signature once per device. A protective MBR is part
 * of a GUID partition table and not told besides one. Throws when the text is something else.
 */
export function parseWipefs(
  text: string,
  devices: readonly Pick<BlockDevice, "path" | "size">[],
): Signature[] {
  const output = text.trim() === "" ? '{"signatures":[]}' : text;
  const { signatures: entries } = v.parse(wipefsOutput, JSON.parse(output));
  const found = new Map<string, Signature>();
  for (const entry of entries) {
    // A name that is not known as such must not make a disk look empty.
    const device = devices.find(({ path }) => path === `/dev/${entry.device}`) ?? devices[0];
    if (device === undefined) continue;
    found.set(`${device.path} ${entry.type} ${entry.uuid} ${entry.label}`, {
      device: device.path,
      type: entry.type,
      ...(entry.label === null ? {} : { label: entry.label }),
      ...(entry.uuid === null ? {} : { uuid: entry.uuid }),
      size: device.size,
    });
  }
  const signatures = [...found.values()];
  const hasTable = new Set(
    signatures.filter(({ type }) => type === "gpt").map(({ device }) => device),
  );
  return signatures.filter(({ type, device }) => type !== "PMBR" || !hasTable.has(device));
}

/** How much of a device is read at either end to know that what wipefs looks at can be read. */
const probedSize = 256 * 1024;

/**
 * Whether a device can be read where signatures are. wipefs takes what it cannot read for nothing: a failing disk, or one
 * that is locked by a password, would look empty to it.
 */
async function isReadable({ path, size }: Pick<BlockDevice, "path" | "size">): Promise<boolean> {
  await using device = await open(path, "r");
  const length = Math.min(probedSize, size);
  for (const position of [0, size - length]) {
    const { bytesRead } = await device.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead !== length) return false;
  }
  return true;
}

/**
 * Every signature on the devices, found with wipefs, which reads only; `undefined` when that is not possible: no wipefs
 * on the live system, or a device that may not be read.
 */
export async function readSignatures(
  devices: readonly BlockDevice[],
  signal?: AbortSignal,
): Promise<Signature[] | undefined> {
  try {
    const argv = ["wipefs", "--json", ...devices.map(({ path }) => path)];
    const { stdout } = await exec(argv, {
      timeoutSeconds: 60,
      ...(signal === undefined ? {} : { signal }),
    });
    for (const device of devices) if (!(await isReadable(device))) return undefined;
    return parseWipefs(stdout, devices);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
