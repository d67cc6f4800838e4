import { diskScenarios } from "./disks.ts";
import { initrdScenarios } from "./initrd.ts";
import { layoutScenarios } from "./layout.ts";
import { loaderScenarios } from "./loader.ts";
import { machineScenarios } from "./machine.ts";
import { networkScenarios } from "./network.ts";
import type { Scenarios } from "./scenario.ts";
import { secretScenarios } from "./secrets.ts";
import { storageScenarios } from "./storage.ts";
import { systemScenarios } from "./system.ts";

/** What the installer is tried with, by subject. */
export const scenarioGroups: Readonly<Record<string, Scenarios>> = {
  machine: machineScenarios,
  network: networkScenarios,
  secrets: secretScenarios,
  disks: diskScenarios,
  storage: storageScenarios,
  system: systemScenarios,
  layout: layoutScenarios,
  loader: loaderScenarios,
  initrd: initrdScenarios,
};
