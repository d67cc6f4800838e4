import { test } from "bun:test";
import { layoutNames } from "../../system/layouts.ts";
import { scenarioTimeout } from "../scenarios/scenario.ts";
import { expectLayout } from "./dev10592-install.ts";
import { Slots } from "./slots.ts";

/** On two processors, two machines at a time take the least time together. */
const slots = new Slots(2);

for (const name of layoutNames) {
  test.concurrent(
    `${name}: what is installed boots from its own disks and reports what the manifest says`,
    () => slots.run(() => expectLayout(name)),
    // The time in which a test waits for its turn counts too.
    scenarioTimeout * layoutNames.length,
  );
}
