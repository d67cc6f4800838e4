import { test } from "bun:test";
import { layoutNames } from "../../system/layouts.ts";
import { scenarioTimeout } from "../scenarios/scenario.ts";
import { expectLayout } from "./dev-install.ts";

for (const name of layoutNames) {
  test.concurrent(
    `${name}: what is installed boots from its own disks and reports what the manifest says`,
    () => expectLayout(name),
    scenarioTimeout,
  );
}
