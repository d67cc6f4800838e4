import type { PullProfile } from "../cache/profile.ts";
import type { Finding } from "../findings/finding.ts";
import type { Progress } from "./step.ts";

/** How loud a message is: `debug` goes only to the log. */
type MessageLevel = "debug" | "info" | "warning";

/**
 * What happens during a run, in the order in which it happens: what a {@link Reporter} shows and the log keeps. What
 * `--log-format json` makes of it is documented in `docs/events.md`.
 */
export type RunEvent =
  | {
      /** The first event of a run. */
      readonly type: "run";
      readonly command: string;
      /** The installer's version. */
      readonly installer: string;
      /** Path of the log. */
      readonly log: string;
    }
  | {
      /** What will be done: all steps, in order. */
      readonly type: "plan";
      readonly steps: readonly { readonly id: string; readonly title: string }[];
    }
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
  | { readonly type: "step-progress"; readonly id: string; readonly progress: Progress }
  | { readonly type: "step-finished"; readonly id: string; readonly seconds: number }
  | {
      readonly type: "step-failed";
      readonly id: string;
      readonly seconds: number;
      readonly error: unknown;
    }
  | { readonly type: "message"; readonly level: MessageLevel; readonly text: string }
  | {
      /**
       * Something that is done before the first step and may take a while: its beginning, then how far it is. Without a
       * text it is over.
       */
      readonly type: "activity";
      readonly text?: string;
      readonly progress?: Progress;
    }
  /** Something that is known about the install and does not stop it. */
  | { readonly type: "finding"; readonly finding: Finding }
  /** Where the time of the pull went, once it is done. */
  | { readonly type: "profile"; readonly profile: PullProfile }
  /** Why the run failed, whether in a step or before the first. */
  | { readonly type: "failed"; readonly error: unknown }
  | {
      /** How the run ended. */
      readonly type: "result";
      /** See `exitCodes` of src/errors.ts. */
      readonly exitCode: number;
      readonly seconds: number;
      /** Path of the log. */
      readonly log: string;
    };
