import { expect, test } from "bun:test";
import { join } from "node:path";
import { parse } from "@iarna/toml";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { manifestSchema } from "../../../src/manifest/schema.ts";
import { anyName, keysOf } from "../../../src/manifest/schema-keys.ts";

const file = join(import.meta.dir, "../../../install.toml.example");
const text = await Bun.file(file).text();

/** Tables whose keys are names that the user gives. */
const tablesOfNames = new Set([
  "bcachefs",
  "btrfs",
  "disk",
  "filesystem",
  "luks",
  "lvm",
  "raid",
  "swap",
  "zpool",
]);

function keysIn(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => keysIn(element, path));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, element]) => {
    const isName = path.length === 1 && tablesOfNames.has(path.join());
    const inner = [...path, isName ? anyName : key];
    return isName ? keysIn(element, inner) : [inner.join("."), ...keysIn(element, inner)];
  });
}

test("install.toml.example is a sound manifest", () => {
  expect(() => parseManifest({ file, text })).not.toThrow();
});

test("install.toml.example has every key of the schema and no other", () => {
  const shown = [...new Set(keysIn(parse(text)))].toSorted();
  expect(shown).toEqual([...keysOf(manifestSchema)].toSorted());
});

test("install.toml.example explains every key where it first appears", () => {
  const lines = text.split("\n");
  const explained = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const key = /^(?<key>[a-z0-9-]+) = /.exec(line)?.groups?.key;
    if (key === undefined) continue;
    if (lines[index - 1]?.startsWith("# ") === true) explained.add(key);
    expect(explained, `line ${index + 1} of install.toml.example`).toContain(key);
  }
});

test("the defaults that install.toml.example names are those of the schema", () => {
  const defaults = [...text.matchAll(/Default: ("?[\w-]+"?)[.,][\s\S]*?\n(?<key>[a-z-]+) = /g)].map(
    (match) => [match.groups?.key ?? "", match[1] ?? ""],
  );
  const minimal = text.replaceAll(
    /^(?:require-sigs|connections|wipe|type = "esp"|efi-variables|action).*\n/gm,
    "",
  );
  const { manifest } = parseManifest({ file, text: minimal });
  const actual: Record<string, unknown> = {
    "require-sigs": manifest.cache["require-sigs"],
    connections: manifest.cache.connections,
    wipe: manifest.disk.main?.wipe,
    type: manifest.disk.main?.partition[0]?.type,
    "efi-variables": manifest.boot["efi-variables"],
    action: manifest.finish.action,
  };
  for (const [key, value] of Object.entries(actual)) {
    expect(defaults).toContainEqual([key, JSON.stringify(value)]);
  }
});
