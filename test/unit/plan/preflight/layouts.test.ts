import { expect, test } from "bun:test";
import { judgeArchitecture } from "../../../../src/plan/preflight/architecture.ts";
import { judgeBootLoader } from "../../../../src/plan/preflight/boot-loader.ts";
import { judgeBootRoom } from "../../../../src/plan/preflight/boot-room.ts";
import { judgeEsp } from "../../../../src/plan/preflight/esp.ts";
import { judgeEtcOverlay } from "../../../../src/plan/preflight/etc-overlay.ts";
import { judgeGrubDevices } from "../../../../src/plan/preflight/grub-devices.ts";
import { judgeInitrdModules } from "../../../../src/plan/preflight/initrd-modules.ts";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import { layoutNames } from "../../../system/layouts.ts";
import { layoutInputs, told } from "./judged.ts";

test.each(layoutNames)("%s: nothing is found where system and layout fit", async (name) => {
  const inputs = await layoutInputs(name);
  const findings = [
    ...judgeArchitecture(inputs),
    ...judgeEtcOverlay(inputs),
    ...judgeBootLoader(inputs),
    ...judgeEsp(inputs),
    ...judgeGrubDevices(inputs),
    ...judgeBootRoom(inputs),
    ...judgeLayout(inputs),
    ...judgeInitrdModules(inputs),
  ];
  expect(told(findings)).toEqual([]);
});
