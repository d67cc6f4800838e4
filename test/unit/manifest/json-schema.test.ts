import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { Glob } from "bun";
import { manifestJsonSchema } from "../../../src/manifest/json-schema.ts";
import { manifestSchema } from "../../../src/manifest/schema.ts";
import { anyName, keysOf } from "../../../src/manifest/schema-keys.ts";
import { parseToml } from "../../../src/manifest/toml.ts";
import { ManifestError } from "../../../src/manifest-error.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { manifestWith } from "./manifest.ts";

// taplo takes a second to start, more on a machine that is busy with VMs.
setDefaultTimeout(60_000);

const root = join(import.meta.dir, "../../..");
// As it is printed.
const schema: Record<string, unknown> = JSON.parse(JSON.stringify(manifestJsonSchema()));
const validate = new Ajv({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
}).compile(schema);

/** The document as editors see it, and what the schema says to it: nothing, when it is valid. */
function judgement(text: string): readonly string[] {
  const document: unknown = JSON.parse(JSON.stringify(parseToml({ file: "host.toml", text }).root));
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

interface Node {
  readonly [keyword: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every key that the JSON Schema knows, with its description. */
function* keysIn(
  node: unknown,
  path: readonly string[] = [],
): Generator<{ readonly key: string; readonly description: unknown }> {
  if (!isNode(node)) return;
  const { properties, items, additionalProperties } = node;
  for (const [key, value] of Object.entries(isNode(properties) ? properties : {})) {
    const inner = [...path, key];
    yield { key: inner.join("."), description: isNode(value) ? value.description : undefined };
    yield* keysIn(value, inner);
  }
  yield* keysIn(items, path);
  yield* keysIn(additionalProperties, [...path, anyName]);
  for (const choices of [node.anyOf, node.oneOf]) {
    for (const choice of Array.isArray(choices) ? choices : []) yield* keysIn(choice, path);
  }
}

/** Whether a text is TOML that can be read. */
function isToml(file: string, text: string): boolean {
  try {
    return parseToml({ file, text }).problems.length === 0;
  } catch (error) {
    if (error instanceof ManifestError) return false;
    throw error;
  }
}

/** The manifests of the gallery of which a JSON Schema cannot tell that they are wrong; only installer check can. */
const onlyTogether = [
  "array-of-esps",
  "bounds",
  "circle",
  "derivation",
  "esp-not-vfat",
  "kept-partition",
  "kernel-mount-points",
  "msdos",
  "nix-only-store",
  "no-public-key",
  "no-root",
  "on-itself",
  "overlapping-partitions",
  "partition-types",
  "password-in-address",
  "percentages",
  "pool",
  "reference-to-a-whole",
  "root-may-be-missing",
  "root-on-vfat",
  "same-disk",
  "same-labels",
  "same-names",
  "store-in-memory",
  "substituters",
  "subvolumes",
  "tarball-without-hash",
  "two-rests",
  "used-twice",
];

const example = await Bun.file(join(root, "install.toml.example")).text();

test("is a schema of draft-07 whose title says what it is for", () => {
  expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
  expect(schema.title).toContain("Manifest");
});

test("has every key that is validated and no other", () => {
  const keys = new Set([...keysIn(schema)].map(({ key }) => key));
  expect([...keys].toSorted()).toEqual([...keysOf(manifestSchema)].toSorted());
});

test("describes every key in a sentence", () => {
  const undescribed = [...keysIn(schema)].filter(
    ({ description }) => typeof description !== "string" || !/^[A-Z"b].*\.$/.test(description),
  );
  expect(undescribed).toEqual([]);
});

test("knows the defaults that the manifest has without a key", () => {
  const text = JSON.stringify(schema);
  expect(text).toContain('"default":"aes-xts-plain64"');
  expect(text).toContain('"default":32');
});

describe("takes what is valid", () => {
  const layouts = [...new Glob("test/vm/{layouts,scenarios}/*.toml").scanSync(root)].toSorted();
  test.each(layouts)("%s", async (file) => {
    const filled = (await Bun.file(join(root, file)).text())
      .replaceAll("@toplevel@", "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host")
      .replaceAll(
        "@public-key@",
        "cache.example.org-1:gEHQMoMmETfFEJIAmVN9xO/o79P+kxmMFLpa2D/aghY=",
      )
      .replaceAll("@substituter@", "https://cache.example.org");
    expect(judgement(filled)).toEqual([]);
  });

  test("install.toml.example", () => {
    expect(judgement(example)).toEqual([]);
  });
});

describe("refuses what a schema can tell", () => {
  test.each<[string, readonly [string, string], RegExp]>([
    ["an unknown key", ["wipe = true", "wipe = true\nwhipe = true"], /additional properties/],
    ["a missing key", ['type = "ext4"\n', ""], /type/],
    ["a text for a truth value", ["wipe = true", 'wipe = "true"'], /wipe must be boolean/],
    ["a wrong unit", ['"1GiB"', '"1 gig"'], /size must match pattern/],
    ["an unknown type of partition", ['type = "esp"', 'type = "efi-system"'], /type must be equal/],
    [
      "an unknown type of file system",
      ['type = "ext4"', 'type = "reiserfs"'],
      /type must be equal/,
    ],
    ["a relative mount point", ['filesystem."/boot"', 'filesystem."boot"'], /property name/],
    ["a relative device", ['"/dev/vda"', '"vda"'], /device must match pattern/],
    ["a disk without device or match", ['device = "/dev/vda"\n', ""], /exactly one schema/],
    ["an empty match", ['device = "/dev/vda"\n', "match = {}\n"], /fewer than 1/],
    ["a store path that is none", ["/nix/store/k8", "/nix/stor/k8"], /toplevel must match pattern/],
    ["another version", ["version = 1", "version = 2"], /version must be equal to constant/],
    [
      "an action that is none",
      ["[swap.swap]", '[finish]\naction = "halt"\n[swap.swap]'],
      /action must be equal/,
    ],
    ["a swap area on nothing", ['device = "main.swap"', 'label = "swap"'], /exactly one schema/],
    ["a name with a space", ["[disk.main]", '[disk."my disk"]'], /property name/],
  ])("%s", (_what, change, expected) => {
    expect(judgement(manifestWith(change)).join("\n")).toMatch(expected);
  });
});

test("of the gallery, takes only what TOML itself or tables against each other make wrong", async () => {
  const gallery = join(root, "test/gallery");
  const taken: string[] = [];
  for (const file of [...new Glob("*.toml").scanSync(gallery)].toSorted()) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      await Bun.file(join(gallery, file)).bytes(),
    );
    if (isToml(file, text) && judgement(text).length === 0) taken.push(file.replace(/\.toml$/, ""));
  }
  expect(taken).toEqual(onlyTogether);
});

test("taplo finds the schema by the first line of install.toml.example, and complains by it", async () => {
  await using scratch = await scratchDirectory("json-schema");
  const directory = scratch.path;
  await writeFile(join(directory, "install.schema.json"), JSON.stringify(schema));
  await copyFile(join(root, "install.toml.example"), join(directory, "sound.toml"));
  await writeFile(
    join(directory, "broken.toml"),
    example.replace("require-sigs = true", 'require-sigs = "sometimes"'),
  );
  const lint = async (file: string) => {
    const taplo = fileURLToPath(import.meta.resolve("@taplo/cli/dist/cli.js"));
    const child = Bun.spawn(["node", taplo, "lint", "--colors=never", file], {
      cwd: directory,
      stdout: "pipe",
      stderr: "pipe",
    });
    return { text: await new Response(child.stderr).text(), status: await child.exited };
  };
  expect((await lint("sound.toml")).status).toBe(0);
  const broken = await lint("broken.toml");
  expect(broken.status).not.toBe(0);
  expect(broken.text).toContain('"sometimes" is not of type "boolean"');
});
