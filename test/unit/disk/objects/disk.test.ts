import { expect, test } from "bun:test";
import * as v from "valibot";
import { disk } from "../../../../src/disk/objects/disk.ts";
import { judgeDisks } from "../../../../src/disk/safety/judge.ts";
import type { Finding } from "../../../../src/findings/finding.ts";
import { findingsOf } from "../../../../src/findings/refusal-error.ts";
import { emptyDisk, machineFacts } from "../../plan/inputs.ts";
import { planContext } from "./planning.ts";

/** What planning is refused for. */
function refusals(plan: () => unknown): readonly Finding[] {
  try {
    plan();
    return [];
  } catch (error) {
    return findingsOf(error, "preflight/storage");
  }
}

test("of a drive without a medium it is only said that there is none, not that nothing fits", () => {
  const facts = { ...machineFacts, disks: [{ ...emptyDisk, size: 0 }] };
  const table = v.parse(disk.schema, {
    device: emptyDisk.links[0],
    partition: [{ name: "data", size: "4GiB" }],
  });
  const judged = judgeDisks({ main: table }, facts);
  expect(judged.map(({ id }) => id)).toEqual(["preflight/disk-no-medium"]);
  // The same finding is told once.
  expect(refusals(() => disk.plan("main", table, planContext([], facts)))).toEqual(judged);
});
