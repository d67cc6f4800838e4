import { expect, test } from "bun:test";
import {
  isNixStore,
  storeCommandAddress,
  storeName,
  storePrograms,
} from "../../../../src/cache/nix-store/store-address.ts";
import { storeProblem } from "../../../../src/cache/nix-store/store-error.ts";

test("stores are told from caches", () => {
  const stores = ["s3://b", "ssh://h", "ssh-ng://h", "unix:///s", "local?root=/m", "daemon"];
  expect(stores.filter(isNixStore)).toEqual(stores);
  const caches = ["http://h", "https://h", "file:///d", "/d", "daemons", "ssh.example.org"];
  expect(caches.filter(isNixStore)).toEqual([]);
  expect(stores.filter((store) => storePrograms(store).includes("ssh"))).toEqual([
    "ssh://h",
    "ssh-ng://h",
  ]);
});

test("a port goes to ssh as its own option, which Nix 2.8 would take for a part of the name", () => {
  expect(storeCommandAddress("ssh-ng://me@host:2222?ssh-key=/k")).toEqual({
    url: "ssh-ng://me@host?ssh-key=/k",
    sshOptions: ["-p", "2222"],
  });
  expect(storeCommandAddress("ssh://[::1]:22/").url).toBe("ssh://[::1]");
  expect(storeCommandAddress("s3://bucket?endpoint=localhost:9000").url).toBe(
    "s3://bucket?endpoint=localhost:9000",
  );
});

test("settings are not shown", () => {
  expect(storeName("s3://bucket/?profile=work&region=x")).toBe("s3://bucket");
  expect(storeName("ssh://me@host:22?ssh-key=/k")).toBe("ssh://me@host:22");
});

test.each([
  [
    "Host key verification failed.\nerror: unexpected end-of-file",
    "ssh does not know the host's key",
  ],
  [
    "error: don't know how to open Nix store 's3://x'",
    "the portable store's Nix is built without S3",
  ],
  [
    "ssh: Could not resolve hostname nowhere: Name or service not known\nerror: unexpected end-of-file",
    "ssh: Could not resolve hostname nowhere: Name or service not known (unexpected end-of-file)",
  ],
  [
    "warning: slow\n\u001B[31;1merror:\u001B[0m AWS error fetching 'x': SlowDown",
    "AWS error fetching 'x': SlowDown",
  ],
  [
    "error: AWS error fetching 'x': The AWS Access Key Id you provided does not exist in our records.",
    "the bucket lets nobody in without the right credentials",
  ],
  [
    "error: unable to download 'https://b.s3.amazonaws.com/nix-cache-info': HTTP error 403",
    "the bucket lets nobody in without the right credentials",
  ],
  ["", "Nix failed without a word"],
])("what went wrong is said in words: %j", (output, problem) => {
  expect(storeProblem(output).problem).toBe(problem);
});
