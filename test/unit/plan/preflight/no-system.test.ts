import { expect, test } from "bun:test";
import { judgeNoSystem } from "../../../../src/plan/preflight/no-system.ts";
import { layoutInputs } from "./judged.ts";

test("a toplevel that is no system of NixOS is told, and one that is is not", async () => {
  expect(judgeNoSystem(await layoutInputs("uefi-ext4"))).toEqual([]);
  const inputs = await layoutInputs("uefi-ext4", { system: { system: "" } });
  expect(judgeNoSystem(inputs)).toMatchObject([
    { id: "preflight/no-nixos-system", severity: "error", object: "system.toplevel" },
  ]);
});
