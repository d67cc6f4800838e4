import { expect, test } from "bun:test";
import { orderMounts } from "../../../../src/disk/mounting/mount-order.ts";
import { InstallerError } from "../../../../src/errors.ts";

function targets(mounts: Parameters<typeof orderMounts>[0]): string[] {
  return orderMounts(mounts).map(({ target }) => target);
}

test("a mount comes after the one that holds its mount point, whatever the order of the file", () => {
  const mounts = ["/a/b/c", "/boot", "/a-b", "/", "/a", "/a/b"].map((target) => ({ target }));
  expect(targets(mounts)).toEqual(["/", "/a", "/a-b", "/a/b", "/a/b/c", "/boot"]);
  expect(targets(mounts.toReversed())).toEqual(targets(mounts));
});

test("a bind mount comes after the mount that holds its source", () => {
  expect(
    targets([
      { target: "/" },
      { target: "/etc/nixos", source: "/persist/etc/nixos" },
      { target: "/home", source: "/srv/home" },
      { target: "/persist" },
      { target: "/srv", source: "/persist/srv" },
    ]),
  ).toEqual(["/", "/persist", "/etc/nixos", "/srv", "/home"]);
});

test("a recursive bind mount comes after what is mounted below its source", () => {
  const mounts = [{ target: "/" }, { target: "/x/y" }, { target: "/x" }];
  const bind = { target: "/b", source: "/x" };
  expect(targets([...mounts, bind])).toEqual(["/", "/x", "/b", "/x/y"]);
  expect(targets([...mounts, { ...bind, recursive: true }])).toEqual(["/", "/x", "/x/y", "/b"]);
  expect(targets([...mounts, { target: "/x/z", source: "/", recursive: true }])).toEqual([
    "/",
    "/x",
    "/x/y",
    "/x/z",
  ]);
});

test("mounts that wait for each other are refused by name", () => {
  const wrong = [
    { target: "/" },
    { target: "/a", source: "/b/x" },
    { target: "/b", source: "/a/y" },
  ];
  expect(() => targets(wrong)).toThrow(InstallerError);
  expect(() => targets(wrong)).toThrow("these mounts wait for each other: /a → /b → /a");
});
