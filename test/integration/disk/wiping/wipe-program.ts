/*
 * `bun wipe-program.ts DISK`: wipes a disk in a mount namespace of its own, as the installer does. Run as anything but
 * process 1, whose mounts are those of the live system.
 */
import { wipeStep, wipeSteps } from "../../../../src/disk/wiping/wipe-step.ts";
import { gatherDisk } from "../../../../src/facts/disks.ts";
import { enterMountNamespace } from "../../../../src/linux/namespace.ts";
import { StepRun } from "../steps.ts";

enterMountNamespace();
const disk = await gatherDisk(process.argv[2] ?? "");
if (disk === undefined) throw new Error("no such disk");
await using steps = new StepRun();
for (const step of wipeSteps([{ name: "main", disk }], false)) await steps.run(wipeStep, step);
