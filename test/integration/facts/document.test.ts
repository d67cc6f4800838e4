import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

/* `installer facts` on this machine. */

setDefaultTimeout(30_000);

const checkout = join(import.meta.dir, "..", "..", "..");

async function facts(...options: readonly string[]): Promise<string> {
  const child = Bun.spawn([process.execPath, join(checkout, "src/main.ts"), "facts", ...options], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return text;
}

/** The keys of a document as `docs/facts.md` writes them: `disks[].path`. */
function keysIn(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [] : value.flatMap((each) => keysIn(each, `${path}[]`));
  }
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) =>
    keysIn(each, path === "" ? key : `${path}.${key}`),
  );
}

test("every key of the document is described", async () => {
  const document: unknown = JSON.parse(await facts("--format", "json"));
  const text = await Bun.file(join(checkout, "docs/facts.md")).text();
  const described = new Set([...text.matchAll(/`([^`]+)`/g)].map(([, words = ""]) => words));
  // What is below a list of the disk is described in the line of the list.
  const isDescribed = (key: string): boolean => {
    if (described.has(key) || described.has(`${key}[]`)) return true;
    const parent = key.replace(/\.[^.]+$/, "");
    const name = key.replace(/^.*\./, "");
    const words = name.replace(/\[\]$/, "");
    const isListed = described.has(name) || described.has(words);
    return parent !== key && isListed && (described.has(parent) || isDescribed(parent));
  };
  const undescribed = [...new Set(keysIn(document))].filter((key) => !isDescribed(key));
  expect(undescribed).toEqual([]);
  expect(document).toMatchObject({ version: 1, system: expect.stringMatching(/-linux$/) });
});

test("the text for people has programs with their versions, the network and the disks", async () => {
  const text = await facts();
  expect(text).toMatch(/^tools +blkid +\d+\.\d+\S* +\/\S+\/blkid$/m);
  expect(text).toMatch(/^clock +\d{4}-\d{2}-\d{2}T/m);
  expect(text).toMatch(/^ +resolvers? |^network .*/m);
});
