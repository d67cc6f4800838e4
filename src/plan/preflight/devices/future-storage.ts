import type { StoragePlan } from "../../../disk/plan-storage.ts";
import type { Facts } from "../../../facts/facts.ts";
import type { SystemInfo } from "../../../system-info/system-info.ts";
import type { FutureStorage } from "./future-device.ts";
import { isClosed, machineDevices } from "./machine-devices.ts";
import { nameArrays } from "./named-arrays.ts";
import { nameMappings } from "./opened-luks.ts";
import { plannedDevices } from "./planned-devices.ts";

/**
 * All block devices that the installed system will find: those that the manifest makes or names, and those that are on
 * the machine and stay. Pure.
 *
 * @param system Says by which names LUKS devices are opened and arrays assembled.
 */
export function futureStorage(
  storage: StoragePlan,
  facts: Facts,
  system: SystemInfo,
): FutureStorage {
  const planned = plannedDevices(storage, facts);
  const nodes = planned.map(({ node }) => node);
  const devices = [...planned, ...machineDevices(storage.steps, facts, nodes)];
  const unnamed = {
    devices,
    hasClosed: devices.some(isClosed),
    hasAllLinks: facts.liveSystem.udev,
  };
  return nameMappings(nameArrays(unnamed, storage.steps, facts, system), system);
}
