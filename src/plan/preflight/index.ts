import { judgeFirmware } from "./firmware.ts";
import type {
  Judge,
  MachineInputs,
  PreflightInputs,
  StorageInputs,
  SystemInputs,
} from "./inputs.ts";
import { judgeMemory } from "./memory.ts";
import { judgeRoom } from "./room.ts";
import { judgeSignatures } from "./signatures.ts";
import { judgeStores } from "./stores.ts";
import { judgeTarballPlace } from "./tarball-place.ts";

/*
 * The judges of an install, in the order in which their findings are told. A judge stands in the list of what it needs
 * to know, so that as much as possible is judged where the storage cannot be planned.
 */

/** Those of the machine alone. */
export const machineJudges: readonly Judge<MachineInputs>[] = [
  judgeMemory,
  judgeTarballPlace,
  judgeStores,
  judgeSignatures,
];

/** Those of what the manifest's storage comes to on the machine. */
export const storageJudges: readonly Judge<StorageInputs>[] = [judgeFirmware];

/** Those of the system that need no storage. */
export const systemJudges: readonly Judge<SystemInputs>[] = [];

/** Those of the system on its storage. */
export const judges: readonly Judge<PreflightInputs>[] = [judgeRoom];
