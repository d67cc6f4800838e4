import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { parseMountInfo } from "../linux/mount-info.ts";
import { gatherDisks } from "./disks.ts";
import type { Facts } from "./facts.ts";
import { readFirmware } from "./firmware.ts";
import { findMissingModules } from "./kernel-support.ts";
import { readLiveSystem } from "./live-system.ts";
import { readMappings } from "./mappings.ts";
import { readMemory } from "./memory.ts";
import { readProgramVersions } from "./program-versions.ts";
import { findTools } from "./tools.ts";

/** Nix's names of the architectures that Bun runs on. */
const architectures: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/**
 * Finds out everything about the machine; changes nothing.
 *
 * @param options `tools`: the programs to look for; `versioned`: those to ask for their version; `kernelModules`: those
 *   that may be needed; `signal` ends it.
 */
export async function gatherFacts(options: {
  readonly tools: readonly string[];
  readonly versioned?: readonly string[];
  readonly kernelModules?: readonly string[];
  readonly signal?: AbortSignal;
}): Promise<Facts> {
  // The live system's mounts are those of process 1: the installer has a mount namespace of its own.
  const mounts = parseMountInfo(await readFile("/proc/1/mountinfo", "utf8"));
  const tools = findTools(options.tools);
  const versioned = (options.versioned ?? []).filter((program) => tools[program] !== undefined);
  const liveSystem = await readLiveSystem(mounts);
  return {
    system: `${architectures[arch()] ?? arch()}-linux`,
    firmware: await readFirmware(mounts),
    memory: readMemory(),
    liveSystem,
    disks: await gatherDisks(options.signal),
    mappings: await readMappings(),
    tools,
    versions: await readProgramVersions(versioned, options.signal),
    missingKernelModules: await findMissingModules(options.kernelModules ?? [], liveSystem.kernel),
  };
}
