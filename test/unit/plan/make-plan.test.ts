import { expect, test } from "bun:test";
import { findingText, RefusalError } from "../../../src/findings/refusal-error.ts";
import { makePlan, type PlanInputs } from "../../../src/plan/make-plan.ts";
import { stepPrograms } from "../../../src/plan/programs.ts";
import { toolsOf } from "../../../src/plan/tools.ts";
import { emptyDisk, machineFacts, planInputs } from "./inputs.ts";

function refusal(inputs: PlanInputs): RefusalError {
  try {
    makePlan(inputs);
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
  throw new Error("the plan was not refused");
}

function kinds(inputs: PlanInputs): string[] {
  return makePlan(inputs).steps.map(({ kind }) => kind);
}

test("the same inputs give the same plan, which survives JSON", () => {
  const plan = makePlan(planInputs("uefi"));
  expect(makePlan(planInputs("uefi"))).toEqual(plan);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

/** The UUIDs of the file systems on a disk of that serial number, with a seed of one's own. */
function seededUuids(serial: string): string[] {
  const inputs = planInputs("uefi", {
    facts: { disks: [{ ...emptyDisk, serial }] },
    manifest: (text) => text.replace("[cache]", 'seed = "host"\n\n[cache]'),
  });
  return makePlan(inputs).steps.flatMap((step) =>
    step.kind === "file-system" ? (step.uuid ?? []) : [],
  );
}

test("with a seed of one's own the identifiers do not depend on the disk", () => {
  expect(seededUuids("one")).toEqual(seededUuids("another"));
});

test("a board of another architecture needs no BIOS boot partition", () => {
  const facts = { firmware: { kind: "bios" }, system: "aarch64-linux" } as const;
  expect(kinds(planInputs("uefi", { facts }))).toContain("boot-check");
});

test("another seed gives other identifiers", () => {
  const seeded = planInputs("uefi", {
    manifest: (text) => text.replace("[cache]", 'seed = "another"\n\n[cache]'),
  });
  const [uuid, seededUuid] = [planInputs("uefi"), seeded].map((inputs) => {
    const step = makePlan(inputs).steps.find(({ kind }) => kind === "file-system");
    return step?.kind === "file-system" ? step.uuid : undefined;
  });
  expect(uuid).toBeString();
  expect(seededUuid).not.toBe(uuid);
});

test("the portable store goes to the target disk when memory is short", () => {
  const memory = { total: 2 ** 29, available: 2 ** 28 };
  expect(kinds(planInputs("uefi")).indexOf("portable-store")).toBe(0);
  const late = kinds(planInputs("uefi", { facts: { memory } }));
  expect(late.indexOf("portable-store")).toBeGreaterThan(late.lastIndexOf("mount"));
  expect(late.indexOf("portable-store")).toBeLessThan(late.indexOf("pull"));
});

test("without a portable store the install goes without the check by Nix", () => {
  const inputs = planInputs("uefi", {
    manifest: (text) => text.replace(/\[portable-store\]\n.*\n/, ""),
  });
  expect(kinds(inputs)).not.toContain("portable-store");
  expect(kinds(inputs)).not.toContain("nix-check");
});

test("require-sigs = false is shouted about", () => {
  const inputs = planInputs("uefi", {
    manifest: (text) =>
      text.replace("[portable-store]", "require-sigs = false\n\n[portable-store]"),
  });
  expect(makePlan(inputs).findings.map(findingText).join("\n")).toContain(
    "NO SIGNATURE IS CHECKED",
  );
});

test("every program that a step runs is one that is looked for beforehand", () => {
  const programs = [planInputs("uefi"), planInputs("bios")].flatMap((inputs) =>
    toolsOf(makePlan(inputs).steps, machineFacts)
      .filter(({ from }) => from === "live-system")
      .map(({ name }) => name),
  );
  expect(programs.filter((program) => !stepPrograms.some((known) => known === program))).toEqual(
    [],
  );
});

test("everything that stands in the way is told at once", () => {
  const error = refusal(
    planInputs("uefi", {
      facts: {
        firmware: { kind: "bios" },
        disks: [
          {
            ...emptyDisk,
            signatures: [
              { device: "/dev/vda", type: "ext4", label: "photos", size: emptyDisk.size },
            ],
          },
        ],
      },
    }),
  );
  expect(error.reason).toBe("refused");
  expect(error.message).toContain("no disk has a BIOS boot partition");
  expect(error.message).toContain('ext4 "photos"');
  expect(error.findings.map(({ id }) => id)).toEqual([
    "preflight/disk-not-empty",
    "preflight/bios-boot-missing",
  ]);
  expect(error.findings[0]?.hint).toContain("wipe = true");
});

test("UEFI without an EFI system partition, or without writable variables, is refused", () => {
  const bios = planInputs("bios");
  const withoutEsp = { ...bios, facts: { ...bios.facts, firmware: machineFacts.firmware } };
  expect(refusal(withoutEsp).message).toContain("no EFI system partition is mounted");

  const readOnly = { kind: "uefi", bits: 64, efiVariables: "read-only" } as const;
  expect(refusal(planInputs("uefi", { facts: { firmware: readOnly } })).hint).toContain(
    "efi-variables = false",
  );
  const allowed = planInputs("uefi", {
    facts: { firmware: readOnly },
    manifest: (text) => `${text}\n[boot]\nefi-variables = false\n`,
  });
  expect(makePlan(allowed).steps.length).toBeGreaterThan(0);
});

test("a system that does not fit is refused with the numbers", () => {
  const inputs = planInputs("uefi");
  const system = { ...inputs.system, closure: { ...inputs.system.closure, narSize: 9 * 2 ** 30 } };
  const { message, object } = refusal({ ...inputs, system });
  expect(object).toBe('filesystem."/"');
  expect(message).toContain("needs 9.9 GiB for /nix/store, but main.root has 7.7 GiB");
});

test("a swap file needs room beside the system", () => {
  const swapFile = '\n[swap.file]\nfile = "/swapfile"\nsize = "7GiB"\n';
  const { message } = refusal(planInputs("uefi", { manifest: (text) => `${text}${swapFile}` }));
  expect(message).toContain(
    "needs 1.1 GiB for /nix/store and 7 GiB for /swapfile, but main.root has 7.7 GiB",
  );
});

test("a program that is missing is named, with the object that needs it", () => {
  const { sfdisk: _, ...tools } = machineFacts.tools;
  const error = refusal(planInputs("uefi", { facts: { tools } }));
  expect(error.message).toBe("disk.main: the live system has no sfdisk");
});
