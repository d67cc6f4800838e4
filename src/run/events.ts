import type { PullProfile } from "../cache/profile.ts";
import type { Progress } from "./step.ts";

/** How loud a message is: `debug` goes only to the log. */
type MessageLevel = "debug" | "info" | "warning";

/** What happens during a run, in the order in which it happens: what a {@link Reporter} shows and the log keeps. */
export type RunEvent =
  | {
      readonly type: "step-started";
      /** As in the plan: `disk/main/partition-table`. */
      readonly id: string;
      /** One line, imperative: `Partition /dev/vda`. */
      readonly title: string;
      /** Counts from 1. */
      readonly index: number;
      readonly total: number;
    }
  | { readonly type: "progress"; readonly id: string; readonly progress: Progress }
  | { readonly type: "step-finished"; readonly id: string; readonly seconds: number }
  | { readonly type: "step-failed"; readonly id: string; readonly error: unknown }
  | { readonly type: "message"; readonly level: MessageLevel; readonly text: string }
  /** Where the time of the pull went, once it is done. */
  | { readonly type: "profile"; readonly profile: PullProfile }
  /** The last event of a run that failed, whether in a step or before the first. */
  | { readonly type: "failed"; readonly error: unknown }
  | {
      /** The last event of a run that ended well. */
      readonly type: "finished";
      readonly seconds: number;
      /** Path of the log, when there is one to read. */
      readonly log?: string;
    };
