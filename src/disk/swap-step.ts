import type { StepData } from "../run/step.ts";

/** Makes a swap area on a partition and swaps to it until the end of the run. */
export interface SwapStep extends StepData {
  readonly kind: "swap";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly uuid: string;
  readonly label?: string;
}
