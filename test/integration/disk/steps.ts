import { isDeepStrictEqual } from "node:util";
import type { FileSystemStep } from "../../../src/disk/objects/file-system.ts";
import type { MountStep } from "../../../src/disk/objects/mount.ts";
import type { PartitionTableStep } from "../../../src/disk/objects/partition-table.ts";
import { layoutTable } from "../../../src/disk/partitioning/layout.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { partitionPath } from "../../../src/disk/partitioning/partition-path.ts";
import { expectedDisk } from "../../../src/disk/safety/recheck.ts";
import { InstallerError } from "../../../src/errors.ts";
import type { Disk } from "../../../src/facts/facts.ts";
import { type CommandOptions, exec } from "../../../src/run/command.ts";
import { observeCommands } from "../../../src/run/command-observer.ts";
import { Holds } from "../../../src/run/holds.ts";
import type { StepContext, StepData, StepDefinition } from "../../../src/run/step.ts";
import { Secrets } from "../../../src/secrets/secrets.ts";

export const seed = "test host";

/** The step that a plan would have for a disk with these partitions. */
export function partitionStep(
  disk: Disk,
  partitions: readonly PartitionTable[],
  table: "gpt" | "msdos" | "none" | "keep" = "gpt",
): PartitionTableStep {
  return {
    kind: "partition-table",
    id: "disk/main/partition-table",
    ...expectedDisk({ name: "main", disk }),
    sectorSize: disk.logicalSectorSize,
    udev: false,
    made: false,
    marked: false,
    leftovers: [],
    ...layoutTable("main", disk, { table, partition: partitions }, seed),
  };
}

/** A file system on a partition of a {@link partitionStep}. */
export function fileSystemOn(
  table: PartitionTableStep,
  number: number,
  type: FileSystemStep["type"],
  uuid: string,
  label?: string,
): FileSystemStep {
  return {
    kind: "file-system",
    id: `file-system/${number}`,
    device: partitionPath(table.device, number),
    type,
    uuid,
    ...(label === undefined ? {} : { label }),
    size: table.partitions[number - 1]?.size ?? 0,
    sectorSize: table.sectorSize,
    format: true,
    mkfsOptions: [],
  };
}

export function mountOf(device: string, root: string, target: string): MountStep {
  return {
    kind: "mount",
    id: `mount${target}`,
    device,
    type: "ext4",
    root,
    target,
    options: [],
    optional: false,
  };
}

/** The installer's error that ends a promise; throws when it does not end with one. */
export async function failure(promise: Promise<unknown>): Promise<InstallerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** Whether a plan says of a command that it reads this; of a secret it says only that there is one. */
function isPlannedInput<Step extends StepData>(
  definition: StepDefinition<Step>,
  step: Step,
  argv: readonly string[],
  input: CommandOptions["input"],
): boolean {
  const commands = definition.commands(step);
  const planned = (definition.inputs?.(step) ?? []).filter(
    ({ command, descriptor }) => descriptor === 0 && isDeepStrictEqual(commands[command], argv),
  );
  if (input === undefined) return planned.length === 0;
  return planned.some((each) => "secret" in each || each.text === input);
}

/**
 * Runs steps outside the runner; disposing it releases what they hold, as the runner does. Fails where a step runs a
 * program that a plan would not list, or gives a command something to read that a plan would not show.
 */
export class StepRun implements AsyncDisposable {
  readonly #holds = new Holds();
  /** The programs that plans list for the steps run so far. */
  readonly #programs = new Set<string>();
  #isInputPlanned: (argv: readonly string[], input: CommandOptions["input"]) => boolean = () =>
    true;
  /** The commands run so far. */
  readonly commands: (readonly string[])[] = [];
  /** What the user was warned of so far. */
  readonly warnings: string[] = [];
  /** The secrets that the steps may use. */
  readonly secrets = new Secrets();

  readonly #context: StepContext = {
    signal: new AbortController().signal,
    exec: (argv, options) => {
      this.commands.push(argv);
      if (!this.#isInputPlanned(argv, options?.input)) {
        throw new Error(`the plan shows something else for ${argv.join(" ")} to read`);
      }
      return exec(argv, options);
    },
    progress: () => {},
    profile: () => {},
    log: (level, message) => {
      if (level === "warning") this.warnings.push(message);
    },
    hold: (what, release) => this.#holds.add(what, release),
    secret: (source) => this.secrets.get(source),
  };

  async run<Step extends StepData>(definition: StepDefinition<Step>, step: Step): Promise<void> {
    this.#isInputPlanned = (argv, input) => isPlannedInput(definition, step, argv, input);
    const own = [
      ...definition.commands(step).flatMap(([program]) => program ?? []),
      ...(definition.programs?.(step) ?? []),
    ];
    for (const program of own) this.#programs.add(program);
    await this.#watched(() => definition.run(step, this.#context));
  }

  /** Does something; throws for a program that is run then and that no plan lists. */
  async #watched(work: () => Promise<void>): Promise<void> {
    const unplanned: string[] = [];
    using _ = observeCommands((command) => {
      const [program = ""] = command.split(" ");
      if (!this.#programs.has(program)) unplanned.push(command);
      return () => {};
    });
    await work();
    if (unplanned.length > 0) throw new Error(`no plan lists ${unplanned.join("; ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watched(() => this.#holds.releaseAll(() => {}));
  }
}
