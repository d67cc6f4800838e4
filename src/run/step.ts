import type { PullStepProfile } from "../cache/profile.ts";
import type { FailureReason } from "../errors.ts";
import type { SecretSource } from "../values/secret.ts";
import type { CommandOptions, CommandResult } from "./command.ts";
import type { HoldLife } from "./holds.ts";

/** How far a step is, for the progress display. */
export interface Progress {
  readonly done: number;
  /** Left out where it is not known beforehand. */
  readonly total?: number;
  readonly unit: "bytes" | "items";
  /** What is counted, where a step counts one thing after another: `paths verified`. */
  readonly part?: string;
  /** What is being worked on: a store path, a file. */
  readonly detail?: string;
  /** Store paths that are under way at the same time, the longest first: a few of them, where there are many. */
  readonly current?: readonly string[];
}

/** What the runner lends a step while it runs. A step has no other way to reach the user, the log or the clean-up. */
export interface StepContext {
  /** Aborted when the run is interrupted: a step stops soon and throws. */
  readonly signal: AbortSignal;
  /** Runs a program of the live system or the portable store; logged, and killed with its children on abort. */
  readonly exec: (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  readonly progress: (progress: Progress) => void;
  /** Tells where the time of the pull went. */
  readonly profile: (profile: PullStepProfile) => void;
  /** Says something the user should know; `debug` goes only to the log. */
  readonly log: (level: "debug" | "info" | "warning", message: string) => void;
  /**
   * Registers something the step holds open (a mount, swap, a mapping). The runner releases in reverse order at the
   * end, on failure and on a signal.
   */
  readonly hold: (what: string, release: () => Promise<void>, life?: HoldLife) => void;
  /**
   * The bytes of a secret that the step names in {@link StepDefinition.secrets}. Commands get them on standard input or
   * as {@link CommandOptions.memoryFiles}, never in their arguments.
   */
  readonly secret: (source: SecretSource) => Uint8Array;
}

/** A secret that a step uses. Read, and judged, before the first step runs. */
export interface SecretUse {
  readonly source: SecretSource;
  /** The key of the manifest that names it: `luks.cryptroot.passphrase`. */
  readonly object: string;
  /** Whether it is typed by somebody when the system boots, or may be any bytes. */
  readonly kind: "passphrase" | "key";
  /** Whether the install makes it the secret of something: a slip of who types it would lock everybody out. */
  readonly isNew: boolean;
}

/** What every step of a plan has: plain, serialisable data. */
export interface StepData {
  /** Selects the {@link StepDefinition}. */
  readonly kind: string;
  /** Unique in the plan, stable between runs: `disk/main/partition-table`. */
  readonly id: string;
}

/** What a command of a step reads besides its arguments. */
export type CommandInput = {
  /** Which command of the step, counted from 0. */
  readonly command: number;
  /** The file descriptor on which the command has it: 0 is standard input. */
  readonly descriptor: number;
} & (
  | { readonly text: string }
  /** The key of the manifest that names the secret: `luks.cryptroot.passphrase`. */
  | { readonly secret: string }
);

/** How a kind of step is described and carried out. One per kind, defined in the room it belongs to. */
export interface StepDefinition<Step extends StepData> {
  readonly kind: Step["kind"];
  /** The exit code for errors of this step that do not bring their own. */
  readonly reason: FailureReason;
  /** One line, imperative, without a full stop: `Partition /dev/vda (gpt: esp 1 GiB, root)`. Pure. */
  readonly describe: (step: Step) => string;
  /** The exact commands the step will run, in order; empty when it runs none. Pure. */
  readonly commands: (step: Step) => readonly (readonly string[])[];
  /** What these commands read, in their order; nothing unless given. Pure. */
  readonly inputs?: (step: Step) => readonly CommandInput[];
  /**
   * Programs that it may run besides those of {@link commands}: to look, to let go, or by other programs. Names for the
   * live system's, paths for the portable store's. Pure.
   */
  readonly programs?: (step: Step) => readonly string[];
  /** What the step makes or takes that the description leaves out, such as identifiers: lines for people. Pure. */
  readonly details?: (step: Step) => readonly string[];
  /** The kernel modules it needs, whether built in or loaded on demand: `dm-crypt`; none unless given. Pure. */
  readonly kernelModules?: (step: Step) => readonly string[];
  /** The secrets it uses; left out where it uses none. Pure. */
  readonly secrets?: (step: Step) => readonly SecretUse[];
  readonly run: (step: Step, context: StepContext) => Promise<void>;
  /** Whether it writes to a disk: a failure from then on is never one "before any disk was touched". */
  readonly writesDisk?: true;
}
