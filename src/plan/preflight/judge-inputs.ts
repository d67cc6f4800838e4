import type { FutureStorage } from "./devices/future-device.ts";
import type { PreflightInputs } from "./inputs.ts";

/** Everything that is known, and what follows from it for the devices that the system will find. */
export interface JudgeInputs extends PreflightInputs {
  readonly future: FutureStorage;
}
