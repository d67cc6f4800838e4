import { expect, test } from "bun:test";
import { withoutSecrets } from "../../../src/manifest/without-secrets.ts";

test.each([
  ['"https://user:pass@cache.example.org/a"', '"https://***@cache.example.org/a"'],
  ['"http://token@cache.example.org"', '"http://***@cache.example.org"'],
  ['"ssh-ng://root@builder"', '"ssh-ng://root@builder"'],
  ['"ssh://root:pass@builder"', '"ssh://root:***@builder"'],
  [
    '"https://s3.example.org/nix.tar.xz?X-Amz-Signature=0123abcdef&X-Amz-Expires=900"',
    '"https://s3.example.org/nix.tar.xz?X-Amz-Signature=***&X-Amz-Expires=900"',
  ],
  ['"https://cache.example.org?trusted=true"', '"https://cache.example.org?trusted=true"'],
  ['"s3://cache?profile=nix&region=eu"', '"s3://cache?profile=nix&region=eu"'],
  ['{ file = "/run/keys/root" }', '{ file = "/run/keys/root" }'],
  ["a = 'x@y' # mail me@example.org", "a = 'x@y' # mail me@example.org"],
])("%s is kept as %s", (text, kept) => {
  expect(withoutSecrets(`key = ${text}\nnext = 1\n`)).toBe(`key = ${kept}\nnext = 1\n`);
});
