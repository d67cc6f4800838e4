import { expect, test } from "bun:test";
import { expectedSubstituter } from "../../../src/manifest/substituters.ts";
import { complaint, manifestWith } from "./manifest.ts";

/** Manifests with substituters that are none, and what their author reads. */

const written = 'substituters = ["https://cache.example.org"]';

test("a scheme that there is not, and one that is misspelt", () => {
  expect(
    complaint(
      manifestWith([written, 'substituters = ["ftp://host", "sssh://host", "cache.nixos.org"]']),
    ),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has 3 problems

    host.toml:7:17: the value of "substituters" is not valid
        7 | substituters = ["ftp://host", "sssh://host", "cache.nixos.org"]
          |                 ^^^^^^^^^^^^
          = expected an address that begins with https, http, file, s3, ssh, ssh-ng, unix, local or daemon

    host.toml:7:31: the value of "substituters" is not valid
        7 | substituters = ["ftp://host", "sssh://host", "cache.nixos.org"]
          |                               ^^^^^^^^^^^^^
          = expected ssh://host

    host.toml:7:46: the value of "substituters" is not valid
        7 | substituters = ["ftp://host", "sssh://host", "cache.nixos.org"]
          |                                              ^^^^^^^^^^^^^^^^^
          = expected https://cache.nixos.org
    "
  `);
});

test("a store that only Nix can read, and no Nix to read it", () => {
  expect(
    complaint(manifestWith([written, 'substituters = ["https://a.example.org", "ssh://host"]'])),
  ).toMatchInlineSnapshot(`
    "
    error: the manifest host.toml has a problem

    host.toml:7:42: "ssh://host" can be read only by Nix, and there is no [portable-store]
        7 | substituters = ["https://a.example.org", "ssh://host"]
          |                                          ^^^^^^^^^^^^
          = expected http://, https:// or file://, or the table [portable-store] with the tarball of Nix
    "
  `);
});

test.each([
  ["https://cache.example.org/prefix?priority=10", undefined],
  ["file:///media/usb/cache", undefined],
  ["ssh://root@host:2222?ssh-key=/key", undefined],
  ["ssh-ng://host", undefined],
  ["s3://bucket?region=eu-west-1", undefined],
  ["unix:///run/nix.sock", undefined],
  ["local?root=/media/live", undefined],
  ["daemon", undefined],
  ["ssh://-oProxyCommand=id", "ssh://USER@HOST"],
  ["ssh://me:password@host", "ssh://USER@HOST"],
  ["s3://key:secret@bucket", "s3://BUCKET?region=REGION"],
  ["local", "local?root=/DIRECTORY"],
  ["s3:bucket", "s3://BUCKET?region=REGION"],
  ["unix://nix.sock", "unix:///PATH/OF/SOCKET"],
  ["rsync://host/x", "ssh://host/x"],
  ["/media/usb", "file:///media/usb for a binary cache, local?root=/media/usb for a store"],
] as const)("%s", (text, expected) => {
  expect(expectedSubstituter(text)).toBe(expected);
});
