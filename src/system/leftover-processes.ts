import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errorCode } from "../errors.ts";

/** Milliseconds between looks at a process that was told to end. */
const pollInterval = 20;
/** Milliseconds that processes get to end after each signal. */
const patience = 2000;

/**
 * Ends every process of this mount namespace that runs chrooted in `root`: daemons which activation or a boot loader
 * script left behind, and which would keep the target's file systems busy.
 */
export async function endProcessesIn(root: string): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const deadline = Date.now() + patience;
    sendSignal(processesIn(root), signal);
    while (processesIn(root).length > 0 && Date.now() < deadline) await delay(pollInterval);
  }
}

/** The ids of the processes whose root directory is `root`, as proc_pid_root(5) shows it. */
function processesIn(root: string): number[] {
  const namespace = readlinkSync("/proc/self/ns/mnt");
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .filter(
      (name) =>
        linkOf(`/proc/${name}/root`) === root && linkOf(`/proc/${name}/ns/mnt`) === namespace,
    )
    .map(Number);
}

/** The link's text; `undefined` when the process has ended or is the kernel's. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function sendSignal(processes: readonly number[], signal: NodeJS.Signals): void {
  for (const id of processes) {
    try {
      process.kill(id, signal);
    } catch (error) {
      if (errorCode(error) !== "ESRCH") throw error;
    }
  }
}
