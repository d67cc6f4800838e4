import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { parseMountInfo } from "../linux/mount-info.ts";
import { readClock } from "./clock.ts";
import { gatherDisks } from "./disks.ts";
import type { Facts } from "./facts.ts";
import { readFirmware } from "./firmware.ts";
import { findMissingModules } from "./kernel-support.ts";
import { readLiveSystem } from "./live-system.ts";
import { readMappings } from "./mappings.ts";
import { readMemory } from "./memory.ts";
import { readNetwork } from "./network.ts";
import { readProgramVersions } from "./program-versions.ts";
import { findTools } from "./tools.ts";

/** Nix's names of the architectures that Bun runs on. */
const architectures: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/**
 * Finds out everything about the machine; changes nothing.
 *
 * @param options `tools`: the programs to look for; `kernelModules`: those that may be needed; `signal` ends it.
 */
export async function gatherFacts(options: {
  readonly tools: readonly string[];
  readonly kernelModules?: readonly string[];
  readonly signal?: AbortSignal;
}): Promise<Facts> {
  // The live system's mounts are those of process 1: the installer has a mount namespace of its own.
  const mounts = parseMountInfo(await readFile("/proc/1/mountinfo", "utf8"));
  const tools = findTools(options.tools);
  const liveSystem = await readLiveSystem(mounts);
  const [disks, versions, network] = await Promise.all([
    gatherDisks(options.signal),
    readProgramVersions(tools, options.signal),
    readNetwork(),
  ]);
  return {
    system: `${architectures[arch()] ?? arch()}-linux`,
    firmware: await readFirmware(mounts),
    memory: readMemory(),
    liveSystem,
    clock: await readClock(),
    network,
    disks,
    mappings: await readMappings(),
    tools,
    versions,
    missingKernelModules: await findMissingModules(options.kernelModules ?? [], liveSystem.kernel),
  };
}
