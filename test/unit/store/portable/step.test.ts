import { expect, test } from "bun:test";
import { portableStoreStep } from "../../../../src/store/portable/step.ts";

test.each([
  ["-", "standard input"],
  ["/media/a?b.tar.xz", "/media/a?b.tar.xz"],
  [
    "https://s3.example.org/nix.tar.xz?X-Amz-Signature=secret",
    "https://s3.example.org/nix.tar.xz?…",
  ],
])("the plan says where the tarball comes from, but no secret: %s", (tarball, source) => {
  const step = {
    kind: "portable-store",
    id: "portable-store",
    tarball,
    location: "memory",
    root: "/mnt",
    system: "x86_64-linux",
  } as const;
  expect(portableStoreStep.describe(step)).toBe(
    `Unpack the portable store from ${source} (kept in memory)`,
  );
});
