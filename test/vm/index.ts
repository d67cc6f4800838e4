export { serveDirectory, type WebServer } from "../support/nginx.ts";
export type { AgentResult } from "./agent.ts";
export type { BootedSystem } from "./booted-system.ts";
export type { ConsoleLine } from "./console.ts";
export { DeadlineError } from "./deadline.ts";
export { type LiveImage, liveImage } from "./live-image.ts";
export {
  type InstallOptions,
  type InstallResult,
  type LiveSystem,
  MachineEndedError,
  type RunOptions,
} from "./live-system.ts";
export type { CommandResult, LoginConsole } from "./login-console.ts";
export {
  type Disk,
  type LiveOptions,
  type Machine,
  type MachineOptions,
  machine,
  type Phase,
} from "./machine.ts";
