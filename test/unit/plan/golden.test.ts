import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { Ajv } from "ajv";
import { type PlanDocument, planSchema } from "../../../src/plan/document/schema.ts";
import { renderPlan, renderSummary } from "../../../src/plan/render.ts";
import { painter } from "../../../src/run/terminal/style.ts";
import { expectGolden } from "../../support/golden.ts";
import { layoutNames } from "../../system/layouts.ts";
import { layoutPlan } from "./golden-machine.ts";
import { usedMachines } from "./golden-used.ts";

const directory = join(import.meta.dir, "golden");
const page = { columns: 80, unicode: true, paint: painter(false) };

const plans: Readonly<Record<string, () => PlanDocument | Promise<PlanDocument>>> = {
  ...Object.fromEntries(layoutNames.map((name) => [name, () => layoutPlan(name)])),
  ...usedMachines,
};

const schemaFile = join(import.meta.dir, "../../../docs/plan.schema.json");
const { $schema, ...schema } = toJsonSchema(planSchema, { errorMode: "throw" });
const schemaText = `${JSON.stringify({ $schema, title: "A plan of Landfall", ...schema }, null, 2)}\n`;

const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(schemaText));

test("docs/plan.schema.json is made of the schema of the plan", async () => {
  await expectGolden(schemaFile, schemaText);
});

test("the schema in docs refuses what is no plan", async () => {
  const plan = await layoutPlan("uefi-ext4");
  expect(validate({ ...plan, version: 2 })).toBe(false);
  expect(validate({ ...plan, disks: undefined })).toBe(false);
  expect(validate({ ...plan, surprise: true })).toBe(false);
});

describe.each(Object.entries(plans))("the plan for %s", (name, make) => {
  test("is what it was, as text and as JSON", async () => {
    const plan = await make();
    const short = `${renderPlan(plan, page)}\n${"=".repeat(80)}\n\n${renderSummary(plan, page)}`;
    await expectGolden(join(directory, `${name}.txt`), short);
    await expectGolden(join(directory, `${name}.json`), `${JSON.stringify(plan, null, 1)}\n`);
  });

  test("fits the schema in docs, and is the same a second time", async () => {
    const plan = await make();
    validate(JSON.parse(await Bun.file(join(directory, `${name}.json`)).text()));
    expect(validate.errors).toBeNull();
    expect(await make()).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test.each([60, 80, 132])(
    "has lines of no more than %d columns but for long words",
    async (columns) => {
      const plan = await make();
      const wide = renderPlan(plan, { ...page, columns })
        .split("\n")
        .filter((line) => Bun.stringWidth(line) > columns)
        // One argument of a command, quoted or not, cannot be broken.
        .filter((line) => !/^ *(?:\S+|'[^']*')(?: \\)?$/.test(line));
      expect(wide).toEqual([]);
    },
  );

  test("needs nothing but ASCII where there is nothing else", async () => {
    const plan = await make();
    const ascii = renderPlan(plan, { ...page, unicode: false });
    expect(ascii).toMatch(/^[\n -~]*$/);
  });
});
