import type * as v from "valibot";
import { InstallerError } from "../errors.ts";
import type { Disk, Facts } from "../facts/facts.ts";
import type { Finding } from "../findings/finding.ts";
import type {
  CommandInput,
  SecretUse,
  StepContext,
  StepData,
  StepDefinition,
} from "../run/step.ts";
import type { CommonFileSystemTable } from "./file-systems/file-system-type.ts";
import type { GraphNode } from "./graph.ts";
import type { Outcome } from "./outcome.ts";
import type { LayoutProgress } from "./progress.ts";
import type { StorageKind } from "./storage-kind.ts";

/** A device that file systems, swap and other objects are made on, as it is known before it exists. */
export interface PlannedDevice {
  /** How the manifest refers to it: `main.root`. */
  readonly reference: string;
  /** Its node while the installer runs: `/dev/vda2`, `/dev/mapper/cryptroot`. */
  readonly path: string;
  /** Bytes; what is not exact beforehand is never more than there will be. */
  readonly size: number;
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
  /** What the identifiers of everything made on it are derived from. */
  readonly seed: string;
  /** The kernel's nodes of the whole disks it lies on: `/dev/vda`. */
  readonly disks: readonly string[];
  /** It was there before the install, and what it holds stays unless the manifest says otherwise. */
  readonly kept: boolean;
  /** An earlier run of the same manifest made everything on it: it is opened and used as it is. */
  readonly made: boolean;
  /** The type of the file system that it holds once it is made, for a pool that several file systems share. */
  readonly pool?: string;
  /** The nodes of the devices of a pool. */
  readonly members?: readonly string[];
  /** For a partition, or an array of such: whether firmware takes it for an EFI system partition. */
  readonly isEfiSystemPartition: boolean;
}

/** What an object may ask when it is planned. Everything in it is plain data, so that planning is pure. */
export interface PlanContext {
  readonly facts: Facts;
  /**
   * The kernel's nodes of the disks on which there is nothing but what this manifest makes, since they are wiped or an
   * earlier run made them: what is on the others stays, unless it is made anew.
   */
  readonly ownDisks: readonly string[];
  /** How far an earlier run of the same manifest has come. */
  readonly progress: LayoutProgress;
  /** A device that an object planned before gives. */
  readonly device: (reference: string) => PlannedDevice;
  /** The file systems of the manifest that are on a device, which tell a pool what to make in it. */
  readonly fileSystemsOn: (reference: string) => readonly CommonFileSystemTable[];
  /** What the identifiers of everything on a disk are derived from. */
  readonly identifierSeed: (name: string, disk: Disk) => string;
}

/** What an object comes to: the steps that make it, and the devices that others may be made on. */
interface Planned<Step extends StepData> {
  readonly steps: readonly Step[];
  readonly devices: readonly PlannedDevice[];
  /** What the user should know about it, though the install goes on. */
  readonly findings?: readonly Finding[];
}

/**
 * A kind of storage object: all there is to know of it is in its one file below `objects/`. The graph of the objects
 * (`graph.ts`) orders them; nothing else knows one kind from another.
 */
export interface StorageObject<Schema extends v.GenericSchema, Step extends StepData> {
  /** Its table of the manifest: `luks` of `[luks.NAME]`. */
  readonly table: string;
  readonly kind: StorageKind;
  readonly schema: Schema;
  /** Every program of the live system that its step may run, to make the object and to let it go. */
  readonly programs: readonly string[];
  /** Every kernel module that its step may need, by the name of its file: `dm-crypt`; none unless given. */
  readonly kernelModules?: readonly string[];
  /** The devices it gives, as the manifest refers to them: `main.root`. */
  readonly gives: (name: string, table: v.InferOutput<Schema>) => readonly string[];
  /** The devices it is made on, as the manifest refers to them. */
  readonly madeOn: (table: v.InferOutput<Schema>) => readonly string[];
  /** @throws {InstallerError} `refused` for what this machine cannot do. Pure. */
  readonly plan: (
    name: string,
    table: v.InferOutput<Schema>,
    context: PlanContext,
  ) => Planned<Step>;
  /** What its step leaves on the disks. Pure. */
  readonly outcome: (step: Step) => Outcome;
  readonly step: StepDefinition<Step>;
}

/** An object of a manifest in the graph, to be planned when what it is made on is. */
export interface ObjectNode<Step extends StepData> extends GraphNode {
  readonly plan: (context: PlanContext) => Planned<Step>;
}

/** The objects of one kind, as nodes of the graph. @param tables Those of the manifest, by name. */
export function objectNodes<Schema extends v.GenericSchema, Step extends StepData>(
  object: StorageObject<Schema, Step>,
  tables: Readonly<Record<string, v.InferOutput<Schema>>>,
): ObjectNode<Step>[] {
  return Object.entries(tables).map(([name, table]) => ({
    name: `${object.table}.${name}`,
    gives: object.gives(name, table),
    needs: object.madeOn(table),
    plan: (context) => object.plan(name, table, context),
  }));
}

/** The parts of a step that makes a storage object. */
export interface StorageStep<Step extends StepData> {
  readonly kind: Step["kind"];
  /** One line, imperative, without a full stop. Pure. */
  readonly describe: (step: Step) => string;
  /** The exact commands in order. Pure. */
  readonly commands: (step: Step) => readonly (readonly string[])[];
  /** As of {@link StepDefinition}. */
  readonly inputs?: (step: Step) => readonly CommandInput[];
  /** As of {@link StepDefinition}. */
  readonly programs?: (step: Step) => readonly string[];
  /** As of {@link StepDefinition}. */
  readonly details?: (step: Step) => readonly string[];
  /** As of {@link StepDefinition}. */
  readonly kernelModules?: (step: Step) => readonly string[];
  /** As of {@link StepDefinition}. */
  readonly secrets?: (step: Step) => readonly SecretUse[];
  /** Looks whether the object is there as the step wants it: in what it differs, `undefined` if in nothing. Writes nothing. */
  readonly difference: (step: Step, context: StepContext) => Promise<string | undefined>;
  readonly make: (step: Step, context: StepContext) => Promise<void>;
  /** Closes what `make` opens, in whatever state an interruption has left it; left out where nothing stays open. */
  readonly letGo?: {
    /** What is open, for the log: `swap on /dev/vda2`. */
    readonly what: (step: Step) => string;
    readonly release: (step: Step) => Promise<void>;
  };
  readonly writesDisk?: true;
}

/**
 * The step definition of a storage object: it registers what has to be closed, makes the object, and looks whether it
 * is there, since some tools end with exit code 0 whatever came of it.
 */
export function storageStep<Step extends StepData>(parts: StorageStep<Step>): StepDefinition<Step> {
  const { difference, make, letGo, ...described } = parts;
  return {
    ...described,
    reason: "disk",
    run: async (step, context) => {
      // Registered first: an interruption may come when a program has done its work.
      if (letGo !== undefined) {
        context.hold(letGo.what(step), () => letGo.release(step), "with-machine");
      }
      await make(step, context);
      const found = await difference(step, context);
      if (found === undefined) return;
      throw new InstallerError("disk", `what was made is not there: ${found}`, {
        object: step.id,
        hint: "The disk may be failing: look at the kernel's log with `dmesg`.",
      });
    },
  };
}
