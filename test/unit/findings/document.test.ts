import { expect, test } from "bun:test";
import { join } from "node:path";
import { findingKinds } from "../../../src/findings/catalogue.ts";
import { findingsDocument } from "../../support/findings-document.ts";
import { expectGolden } from "../../support/golden.ts";

const file = join(import.meta.dir, "../../../docs/findings.md");

test("docs/findings.md is the catalogue (LANDFALL_GOLDEN=write makes it anew)", async () => {
  await expectGolden(file, findingsDocument());
});

test("what a kind of finding means is a sentence in one line", () => {
  const odd = Object.entries(findingKinds).filter(
    ([, { meaning }]) => !/^(?:[A-Z]|\/)[^\n|]*\.$/.test(meaning),
  );
  expect(odd).toEqual([]);
});

test("an identifier is lower case with dashes, and says what it is about", () => {
  for (const id of Object.keys(findingKinds)) {
    expect(id).toMatch(/^(?:preflight|cache)\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
  }
});

test("every kind of finding is one that something finds", async () => {
  const source = join(import.meta.dir, "../../../src");
  const files = [...new Bun.Glob("**/*.ts").scanSync(source)].filter(
    (path) => !path.startsWith("findings/kinds/"),
  );
  const texts = await Promise.all(files.map((path) => Bun.file(join(source, path)).text()));
  const all = texts.join("\n");
  expect(Object.keys(findingKinds).filter((id) => !all.includes(`"${id}"`))).toEqual([]);
});
