import { expect, test } from "bun:test";
import { findingKinds } from "../../../src/findings/catalogue.ts";
import { manifestJsonSchema } from "../../../src/manifest/json-schema.ts";
import { ManifestError } from "../../../src/manifest-error.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { planInputs } from "../plan/inputs.ts";

/** A list of findings put into a manifest of a host that lacks nothing else. */
function withAllow(list: string) {
  return (text: string) => text.replace("version = 1\n", `version = 1\nallow = ${list}\n`);
}

/** What is wrong with such a list. */
function problems(list: string) {
  try {
    planInputs("uefi", { manifest: withAllow(list) });
  } catch (error) {
    if (error instanceof ManifestError) return error.problems;
    throw error;
  }
  return [];
}

/** What is said of an identifier that must not be in the list. */
function reasons(id: string) {
  return problems(`["${id}"]`).map(({ expected }) => expected);
}

test("an identifier that is misspelt is a mistake of the manifest, with what was meant", () => {
  const [problem, ...others] = problems('["preflight/romm"]');
  expect(others).toEqual([]);
  expect(problem).toMatchObject({
    message: '"allow" cannot be "preflight/romm"',
    suggestion: '"preflight/room"',
    position: { line: 2 },
  });
});

test("what must not be allowed is refused with the reason", () => {
  expect(reasons("preflight/disk-not-empty")).toEqual([
    "a finding that can be allowed: with preflight/disk-not-empty, the install would fail or destroy something",
  ]);
  expect(reasons("preflight/signatures-not-checked")[0]).toEndWith("is to be told at every run");
  expect(reasons("preflight/unused-allow")[0]).toEndWith("is a note, which stops nothing");
});

test("editors are offered nothing but what can be allowed, and all of it", () => {
  const offered = JSON.stringify(manifestJsonSchema().properties?.allow);
  for (const [id, { isAllowable }] of Object.entries(findingKinds)) {
    expect(offered.includes(JSON.stringify(id)), id).toBe(isAllowable);
  }
});

test("an install goes on with an error that the manifest allows, and says so", () => {
  const inputs = planInputs("uefi", { manifest: withAllow('["preflight/room"]') });
  const closure = { ...inputs.system.closure, narSize: 9 * 2 ** 30 };
  const { findings } = makePlan({ ...inputs, system: { ...inputs.system, closure } });
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ id: "preflight/room", severity: "warning" });
  expect(findings[0]?.message).toEndWith("(allowed by the manifest)");
});

test("what is allowed and was not found is noted", () => {
  const inputs = planInputs("uefi", { manifest: withAllow('["preflight/room"]') });
  expect(makePlan(inputs).findings).toMatchObject([
    { id: "preflight/unused-allow", severity: "note", object: "allow" },
  ]);
});

test("nothing is allowed by a manifest that does not say so", () => {
  const { manifest } = planInputs("uefi");
  expect(manifest.allow).toEqual([]);
});
