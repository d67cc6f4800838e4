import { expect, test } from "bun:test";
import type { Closure, ClosurePath } from "../../../../src/cache/closure.ts";
import type { CopiedPath } from "../../../../src/cache/nix-store/copied-path.ts";
import { copyStages } from "../../../../src/cache/nix-store/copy-stages.ts";

const path = (storePath: string, references: readonly string[]) => ({
  storePath,
  references: [...references, storePath],
  narHash: "sha256:x",
  narSize: 10,
});

const pulled = (name: string, ...references: string[]): ClosurePath => ({
  ...path(name, references),
  narUrl: "http://cache/nar",
  substituter: "http://cache/",
  compression: "none",
  fileSize: 4,
  signatures: [],
});

const copied = (store: string, name: string, ...references: string[]): CopiedPath => ({
  ...path(name, references),
  store,
});

function stagesOf(paths: readonly ClosurePath[], copies: readonly CopiedPath[]) {
  const closure: Closure = {
    toplevel: "top",
    substituters: ["http://cache/"],
    paths,
    copies,
    downloadSize: 0,
    narSize: 0,
  };
  return copyStages(closure).map((stage) =>
    stage.kind === "pull"
      ? ["pull", ...stage.closure.paths.map(({ storePath }) => storePath)]
      : [stage.store, ...stage.paths.map(({ storePath }) => storePath)],
  );
}

test("a closure that caches have stays whole", () => {
  const closure = {
    toplevel: "top",
    substituters: [],
    paths: [pulled("top")],
    downloadSize: 4,
    narSize: 10,
  };
  expect(copyStages(closure)).toEqual([{ kind: "pull", closure }]);
});

test("one that a store has is copied in one go", () => {
  expect(
    stagesOf([], [copied("ssh", "a"), copied("ssh", "b", "a"), copied("ssh", "top", "b")]),
  ).toEqual([["ssh", "a", "b", "top"]]);
});

test("what is built on caches comes after them", () => {
  const paths = [pulled("glibc"), pulled("bash", "glibc")];
  expect(
    stagesOf(paths, [copied("ssh", "etc", "bash"), copied("ssh", "top", "etc", "bash")]),
  ).toEqual([
    ["pull", "glibc", "bash"],
    ["ssh", "etc", "top"],
  ]);
});

test("caches, stores and caches take turns where they must, and no path comes before what it refers to", () => {
  const paths = [pulled("a"), pulled("d", "c"), pulled("free")];
  const copies = [
    copied("ssh", "b", "a"),
    copied("s3", "c", "b"),
    copied("ssh", "top", "d", "free"),
  ];
  const stages = stagesOf(paths, copies);
  expect(stages).toEqual([
    ["pull", "a", "free"],
    ["ssh", "b"],
    ["s3", "c"],
    ["pull", "d"],
    ["ssh", "top"],
  ]);
});

test("each part knows its own sizes", () => {
  const closure: Closure = {
    toplevel: "top",
    substituters: [],
    paths: [pulled("a"), pulled("b")],
    copies: [copied("ssh", "top", "a", "b")],
    downloadSize: 18,
    narSize: 30,
  };
  expect(copyStages(closure)[0]).toMatchObject({ closure: { downloadSize: 8, narSize: 20 } });
});
