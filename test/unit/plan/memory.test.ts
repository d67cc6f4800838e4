import { expect, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import { refuseErrors } from "../../../src/findings/refusal-error.ts";
import { planMachine } from "../../../src/plan/make-plan.ts";
import { MiB } from "../../../src/values/size.ts";
import { planInputs } from "./inputs.ts";

/** The refusal of a machine with so much memory, or `undefined`. */
function refusal(availableMiB: number): InstallerError | undefined {
  const memory = { total: 340 * MiB, available: availableMiB * MiB };
  const { manifest, facts, root } = planInputs("uefi", { facts: { memory } });
  try {
    refuseErrors(planMachine({ manifest, facts, root }).findings);
    return undefined;
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
}

test("a machine with too little memory is refused, with how much there is and how much it takes", () => {
  const error = refusal(84);
  expect(error?.reason).toBe("refused");
  expect(error?.message).toBe(
    "memory: 84 MiB of 340 MiB are available, and an install needs 120 MiB",
  );
  expect(error?.hint).toContain("tarball by its URL");
});

test("a machine with just enough is not", () => {
  expect(refusal(120)).toBeUndefined();
});
