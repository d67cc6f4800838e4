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

test("a system whose boot.json is malformed, and one that installs no boot loader, are told at once", async () => {
  const system = { bootspecProblem: "boot.json is not JSON", lacksSwitchProgram: true } as const;
  const findings = judgeNoSystem(await layoutInputs("uefi-ext4", { system }));
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/bootspec-malformed", "error"],
    ["preflight/switch-program-missing", "error"],
  ]);
  expect(findings[0]?.message).toEndWith(": boot.json is not JSON");
});
