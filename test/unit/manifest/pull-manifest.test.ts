import { expect, test } from "bun:test";
import { parseManifest, parsePullManifest } from "../../../src/manifest/parse.ts";
import { ManifestError } from "../../../src/manifest-error.ts";
import { disk, manifestOf, soundManifest } from "./manifest.ts";

function parse(text: string) {
  return parsePullManifest({ file: "host.toml", text });
}

test("a pull needs no tables of storage", () => {
  const { manifest, warnings } = parse(manifestOf(""));
  expect(manifest).toMatchObject({
    cache: { substituters: ["https://cache.example.org"] },
    disk: {},
    filesystem: {},
  });
  expect(warnings).toEqual([]);
});

test("a whole manifest is the same for a pull as for an install", () => {
  const install = parseManifest({ file: "host.toml", text: soundManifest });
  expect(parse(soundManifest).manifest).toEqual(install.manifest);
});

test("storage that is described is judged for a pull, too", () => {
  expect(() => parse(manifestOf(disk))).toThrow(ManifestError);
  expect(() => parse(manifestOf('[fielsystem."/"]\ntype = "ext4"'))).toThrow(ManifestError);
});

test("what a pull uses is judged without tables of storage, too", () => {
  const text = manifestOf("").replace(/^trusted-public-keys.*$/m, "");
  expect(() => parse(text)).toThrow(ManifestError);
});
