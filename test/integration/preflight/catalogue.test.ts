import { expect, test } from "bun:test";
import { findingKinds } from "../../../src/findings/catalogue.ts";
import { provokedInMachines } from "../../vm/scenarios/provoked.ts";
import { scenarioGroups } from "./scenarios/index.ts";

/*
 * That nothing of docs/findings.md is left untried. The lists that are read here are what refused.test.ts, and the scenarios
 * in virtual machines, find to be told, no more and no less.
 */

test("every finding is provoked, by a scenario here or in a virtual machine", () => {
  const here = Object.values(scenarioGroups).flatMap((group) => Object.values(group));
  const provoked = new Set<string>([
    ...here.flatMap(({ findings }) => findings),
    ...Object.values(provokedInMachines).flat(),
  ]);
  expect(Object.keys(findingKinds).filter((id) => !provoked.has(id))).toEqual([]);
});

test("no two scenarios have one name, by which their systems are told apart", () => {
  const names = Object.values(scenarioGroups).flatMap((group) => Object.keys(group));
  expect(names).toEqual([...new Set(names)]);
});
