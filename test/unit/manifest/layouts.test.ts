import { describe, expect, test } from "bun:test";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { parseManifest } from "../../../src/manifest/parse.ts";

/** The manifests of layouts that users copy from, and the page that lists them. */

const root = join(import.meta.dir, "../../..");
const files = [...new Glob("test/vm/{layouts,scenarios}/*.toml").scanSync(root)].toSorted();
const page = await Bun.file(join(root, "docs/layouts.md")).text();

/** What the VMs' tests fill in. */
const placeholders: Readonly<Record<string, string>> = {
  "@toplevel@": "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11",
  "@substituter@": "https://cache.example.org",
  "@public-key@": "cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
};

describe("is a sound manifest", () => {
  test.each(files)("%s", async (file) => {
    const text = await Bun.file(join(root, file)).text();
    const filled = text.replaceAll(/@[a-z-]+@/g, (name) => placeholders[name] ?? name);
    expect(() => parseManifest({ file, text: filled })).not.toThrow();
  });
});

test("docs/layouts.md lists every layout that is tested", () => {
  const listed = [...page.matchAll(/`(?<file>[a-z0-9-]+\.toml)`/g)].map((match) => match[1]);
  expect(listed).toEqual(expect.arrayContaining(files.map((file) => basename(file))));
});
