import { judgeArchitecture } from "./architecture.ts";
import { judgeBootLoader } from "./boot-loader.ts";
import { judgeBootRoom } from "./boot-room.ts";
import { judgeBootctlChecks } from "./bootctl-checks.ts";
import { judgeClock } from "./clock.ts";
import { judgeEfiVariables } from "./efi-variables.ts";
import { judgeEsp } from "./esp.ts";
import { judgeEtcOverlay } from "./etc-overlay.ts";
import { judgeFirmware } from "./firmware.ts";
import { judgeGrubDevices } from "./grub-devices.ts";
import { judgeInitrdModules } from "./initrd-modules.ts";
import type {
  Judge,
  MachineInputs,
  PreflightInputs,
  StorageInputs,
  SystemInputs,
} from "./inputs.ts";
import { judgeLayout } from "./layout.ts";
import { judgeMemory } from "./memory.ts";
import { judgeNoSystem } from "./no-system.ts";
import { judgeRoom } from "./room.ts";
import { judgeSecureBoot } from "./secure-boot.ts";
import { judgeSelinux } from "./selinux.ts";
import { judgeServers } from "./servers.ts";
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
  judgeClock,
  judgeServers,
  judgeTarballPlace,
  judgeStores,
  judgeSignatures,
  judgeEfiVariables,
  judgeSelinux,
];

/** Those of what the manifest's storage comes to on the machine. */
export const storageJudges: readonly Judge<StorageInputs>[] = [judgeFirmware];

/** Those of the system that need no storage. */
export const systemJudges: readonly Judge<SystemInputs>[] = [
  judgeNoSystem,
  judgeArchitecture,
  judgeSecureBoot,
  judgeEtcOverlay,
];

/** Those of the system on its storage. */
export const judges: readonly Judge<PreflightInputs>[] = [
  judgeRoom,
  judgeLayout,
  judgeBootLoader,
  judgeEsp,
  judgeBootctlChecks,
  judgeGrubDevices,
  judgeBootRoom,
  judgeInitrdModules,
];
