import type { StoragePlan } from "../../disk/plan-storage.ts";
import type { LayoutProgress } from "../../disk/progress.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import type { Manifest } from "../../manifest/schema.ts";
import type { SystemInfo } from "../../system-info/system-info.ts";

/** What is known of every install: plain data. */
export interface MachineInputs {
  readonly manifest: Manifest;
  readonly facts: Facts;
  /** What was found in places that no fact tells of. */
  readonly observed?: readonly Finding[];
  /** Where the target is mounted while it is installed: `/mnt`. */
  readonly root: string;
  /** Whether what an earlier run of the same manifest has done does not count. */
  readonly reinstall?: boolean;
  /** How far an earlier run of the same manifest has come; found out where it is not told. */
  readonly progress?: LayoutProgress;
}

/** What is known besides once the storage could be planned. */
export interface StorageInputs extends MachineInputs {
  readonly storage: StoragePlan;
}

/** What is known besides once the caches were asked, whether or not the storage could be planned. */
export interface SystemInputs extends MachineInputs {
  readonly system: SystemInfo;
}

/** Everything that is known before anything is written. */
export interface PreflightInputs extends StorageInputs, SystemInputs {}

/** Finds out one thing about an install. Pure: neither reads nor writes. */
export type Judge<Inputs> = (inputs: Inputs) => readonly Finding[];
