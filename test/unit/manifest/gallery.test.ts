import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";

// Each manifest is checked by a process of its own, on a machine that may be busy with VMs.
setDefaultTimeout(60_000);

/*
 * Manifests that are wrong on purpose, and what `installer check` says to each: test/gallery/README.md. With
 * LANDFALL_GALLERY=write the texts are written anew instead of compared.
 */

const gallery = join(import.meta.dir, "../../gallery");
const program = join(import.meta.dir, "../../../src/main.ts");
const isWriting = process.env.LANDFALL_GALLERY === "write";

const names = [...new Glob("*.toml").scanSync(gallery)]
  .map((file) => file.replace(/\.toml$/, ""))
  .toSorted();

/** What the real command says, as to somebody who runs it beside the manifest and looks at a pipe. */
async function check(name: string) {
  const child = Bun.spawn([process.execPath, program, "check", "--manifest", `${name}.toml`], {
    cwd: gallery,
    env: { ...process.env, NO_COLOR: "1", TERM: "dumb" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, status };
}

describe("says what is wrong with", () => {
  test.each(names)("%s.toml", async (name) => {
    const expected = Bun.file(join(gallery, `${name}.txt`));
    const { stdout, stderr, status } = await check(name);
    if (isWriting) await Bun.write(expected, stderr);
    expect(stderr).toBe(await expected.text());
    expect(stdout).toBe("");
    expect(status).toBe(3);
  });
});

test("every text belongs to a manifest", () => {
  const texts = [...new Glob("*.txt").scanSync(gallery)].map((file) => file.replace(/\.txt$/, ""));
  expect(texts.toSorted()).toEqual(names);
});

test("no line of a manifest is shown at any length, nor what a terminal would act on", async () => {
  for (const name of names) {
    const text = await Bun.file(join(gallery, `${name}.txt`)).text();
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    // Long lines of the manifest are cut around what is meant.
    for (const line of text.split("\n").filter((one) => / \| /.test(one.slice(0, 9)))) {
      expect(Bun.stringWidth(line.replace(/ did you mean .*/, ""))).toBeLessThanOrEqual(140);
    }
  }
});
