import { expect, test } from "bun:test";
import { applyAllow } from "../../../src/findings/allow.ts";
import { findingGroups, findingKinds } from "../../../src/findings/catalogue.ts";
import { makeFinding } from "../../../src/findings/make-finding.ts";
import { RefusalError, refusalError } from "../../../src/findings/refusal-error.ts";

const noRoom = makeFinding("preflight/room", 'filesystem."/"', "too small\nby far", "Enlarge it.");
const notEmpty = makeFinding("preflight/disk-not-empty", "disk.main", "/dev/vda is not empty");
const unchecked = makeFinding(
  "preflight/signatures-not-checked",
  "cache.require-sigs",
  "nothing is checked",
);

test("an error that is allowed becomes a warning that says so", () => {
  expect(applyAllow([noRoom], ["preflight/room"])).toEqual([
    { ...noRoom, severity: "warning", message: "too small (allowed by the manifest)\nby far" },
  ]);
});

test("a warning that is allowed becomes a note", () => {
  const unstable = makeFinding("preflight/disk-name-unstable", "disk.main", "it may be another");
  const [found] = applyAllow([unstable], ["preflight/disk-name-unstable"]);
  expect(found?.severity).toBe("note");
});

test("what is not allowed, or must not be, stays what it is", () => {
  const findings = [noRoom, notEmpty, unchecked];
  const allow = ["preflight/disk-not-empty", "preflight/signatures-not-checked"] as const;
  expect(applyAllow(findings, allow)).toEqual(findings);
});

test("one error tells everything that speaks against an install, and what was found beside it", () => {
  const error = refusalError([unchecked, noRoom, notEmpty]);
  expect(error).toBeInstanceOf(RefusalError);
  expect(error?.exitCode).toBe(4);
  expect(error?.message).toBe(
    'filesystem."/": too small\nby far\ndisk.main: /dev/vda is not empty',
  );
  expect(error?.findings).toEqual([noRoom, notEmpty, unchecked]);
  // A hint of one of them would be taken for that of all.
  expect(error?.hint).toBeUndefined();
  expect(refusalError([noRoom])?.hint).toBe("Enlarge it.");
});

test("warnings stop nothing", () => {
  expect(refusalError([unchecked])).toBeUndefined();
});

test("every kind of finding belongs to one subject, and notes need no permission", () => {
  const grouped = findingGroups.flatMap(({ kinds }) => Object.keys(kinds));
  expect(grouped.toSorted()).toEqual(Object.keys(findingKinds).toSorted());
  const odd = findingGroups
    .flatMap(({ kinds }) => Object.entries(kinds))
    .filter(([, { severity, isAllowable }]) => severity === "note" && isAllowable);
  expect(odd).toEqual([]);
});
