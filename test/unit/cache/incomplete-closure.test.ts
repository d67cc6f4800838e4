import { expect, test } from "bun:test";
import {
  IncompleteClosureError,
  type UnavailablePath,
} from "../../../src/cache/incomplete-closure.ts";
import type { Refusal } from "../../../src/cache/lookup.ts";

const path = (name: string) => `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`;

const absent: Refusal = {
  answer: "https://cache.example/ does not have it (404)",
  reason: "cache",
  status: 404,
};
const unsigned: Refusal = {
  answer: "https://cache.example/ has it, but it is not signed (trusted are site-1)",
  reason: "integrity",
  untrusted: true,
};

const missing = (
  name: string,
  referrers: readonly string[],
  refusals = [absent],
): UnavailablePath => ({
  storePath: path(name),
  referrers: referrers.map(path),
  refusals,
});

test("one path is named with the one that refers to it and what each cache said", () => {
  const error = new IncompleteClosureError([missing("tool", ["top"])], true);
  expect(error.message).toBe(
    `${path("tool")}, which ${path("top")} refers to, cannot be had:\n  ${absent.answer}`,
  );
  expect(error).toMatchObject({ reason: "cache", exitCode: 6, object: path("tool") });
  expect(error.hint).toContain("nix copy");
});

test("a path deep in the closure is told with how it gets there", () => {
  const error = new IncompleteClosureError([missing("lib", ["tool", "units", "etc", "top"])], true);
  expect(error.message).toBe(
    [
      `${path("lib")}, which ${path("tool")} refers to, cannot be had:`,
      `  ${absent.answer}`,
      "  it is needed in this way: lib ← tool ← units ← etc ← top",
    ].join("\n"),
  );
});

test("a long way is shortened in its middle", () => {
  const error = new IncompleteClosureError(
    [missing("lib", ["tool", "shell", "units", "etc", "top"])],
    true,
  );
  expect(error.message).toEndWith("lib ← tool ← … ← etc ← top");
});

test("several paths are told at once, and end with the exit code of the gravest", () => {
  const error = new IncompleteClosureError(
    [missing("tool", ["top"]), missing("secret", ["top"], [unsigned])],
    true,
  );
  expect(error.message.split("\n")).toEqual([
    "2 store paths cannot be had:",
    `${path("tool")}, which ${path("top")} refers to:`,
    `  ${absent.answer}`,
    `${path("secret")}, which ${path("top")} refers to:`,
    `  ${unsigned.answer}`,
  ]);
  expect(error).toMatchObject({ reason: "integrity", exitCode: 7 });
  expect(error.findings.map(({ id, severity, object }) => [id, severity, object])).toEqual([
    ["cache/path-missing", "error", path("tool")],
    ["cache/path-unsigned", "error", path("secret")],
  ]);
});

test("of many paths ten are named and the rest counted", () => {
  const names = Array.from({ length: 25 }, (_, number) => `path-${number}`);
  const paths = names.map((name) => missing(name, ["top"]));
  const error = new IncompleteClosureError(paths, true);
  expect(error.message).toStartWith("25 store paths cannot be had:\n");
  expect(error.message).toContain(path("path-9"));
  expect(error.message).not.toContain(path("path-10"));
  expect(error.message).toEndWith("\nand 15 more");
  expect(error.findings).toHaveLength(11);
  expect(error.findings.at(-1)?.message).toBe("15 more store paths cannot be had");
  const some = new IncompleteClosureError(paths, false);
  expect(some.message).toStartWith("at least 25 store paths cannot be had:\n");
});
