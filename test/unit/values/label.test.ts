import { expect, test } from "bun:test";
import * as v from "valibot";
import { labelFor } from "../../../src/values/label.ts";

const schema = labelFor("ext4", 16);

function problem(label: string): string | undefined {
  return v.safeParse(schema, label).issues?.[0].message;
}

test("a label is what blkid shows of it", () => {
  for (const label of ["nixos", "my data", " a", 'ä/"b\\', "sixteen-letters!"]) {
    expect(problem(label)).toBeUndefined();
  }
  for (const label of ["", " ", "nixos ", "a\tb", "a\nb"]) {
    expect(problem(label)).toContain("expected a label that is not empty");
  }
  expect(problem("seventeen-letters")).toBe("expected a label of at most 16 bytes, as ext4 allows");
  expect(problem("äääääääää")).toContain("at most 16 bytes");
});
