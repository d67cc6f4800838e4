import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { loadManifest } from "../../../src/commands/manifest.ts";
import { failureText } from "../../../src/commands/report-failure.ts";
import type { Session } from "../../../src/commands/session.ts";
import { exitCodeOf } from "../../../src/errors.ts";

// The processes among them run on a machine that may be busy with VMs.
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

/** A mistake of TOML, some of tables, one between tables, and the text with the most to say. */
const throughTheCommand = ["string-not-closed", "keys-of-another-type", "circle", "first-try"];

/** What every command says that cannot read this manifest: the words that it prints, and its exit code. */
async function refusal(name: string): Promise<{ readonly text: string; readonly status: number }> {
  const session: Session = {};
  const path = join(gallery, `${name}.toml`);
  try {
    await loadManifest({ manifest: path }, session);
  } catch (error) {
    return {
      text: `${failureText(error, session, false)}\n`.replaceAll(`${gallery}/`, ""),
      status: exitCodeOf(error),
    };
  }
  return { text: "the manifest is valid\n", status: 0 };
}

describe("says what is wrong with", () => {
  test.each(names)("%s.toml", async (name) => {
    const expected = Bun.file(join(gallery, `${name}.txt`));
    const { text, status } = await refusal(name);
    if (isWriting) await Bun.write(expected, text);
    expect(text).toBe(await expected.text());
    expect(status).toBe(3);
  });
});

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

test.each(throughTheCommand)("`installer check` prints just that of %s.toml", async (name) => {
  expect(await check(name)).toEqual({
    stdout: "",
    stderr: await Bun.file(join(gallery, `${name}.txt`)).text(),
    status: 3,
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
