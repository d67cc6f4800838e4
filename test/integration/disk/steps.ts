import type { FileSystemStep } from "../../../src/disk/objects/file-system.ts";
import type { MountStep } from "../../../src/disk/objects/mount.ts";
import type { PartitionTableStep } from "../../../src/disk/objects/partition-table.ts";
import { layoutTable } from "../../../src/disk/partitioning/layout.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { partitionPath } from "../../../src/disk/partitioning/partition-path.ts";
import { expectedDisk } from "../../../src/disk/safety/recheck.ts";
import { InstallerError } from "../../../src/errors.ts";
import type { Disk } from "../../../src/facts/facts.ts";
import { exec } from "../../../src/run/command.ts";
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

/** Runs steps outside the runner; disposing it releases what they hold, as the runner does. */
export class StepRun implements AsyncDisposable {
  readonly #holds = new Holds();
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
    await definition.run(step, this.#context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holds.releaseAll(() => {});
  }
}
