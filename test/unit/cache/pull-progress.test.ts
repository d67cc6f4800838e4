import { expect, test } from "bun:test";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { PullProgress } from "../../../src/cache/pull-progress.ts";

function path(storePath: string, fileSize: number, narSize: number): ClosurePath {
  return {
    storePath,
    narUrl: "http://cache/nar",
    substituter: "http://cache/",
    compression: "zstd",
    fileSize,
    narHash: "sha256:0",
    narSize,
    references: [],
    signatures: [],
  };
}

test("counts what is complete and what is under way", () => {
  const progress = new PullProgress([path("a", 100, 400), path("b", 50, 100)]);
  progress.receive("a", 25);
  expect(progress.report()).toEqual({ done: 25, total: 150, unit: "bytes", current: ["a"] });
  expect(progress.unpacked).toBe(100);
  progress.complete("a", 100);
  progress.receive("b", 25);
  expect(progress.report()).toMatchObject({ done: 125 });
  expect(progress.unpacked).toBe(450);
  expect(progress.left).toBe(1);
});

test("a path that is fetched once more counts once, but all its bytes were downloaded", () => {
  const progress = new PullProgress([path("a", 100, 400)]);
  progress.receive("a", 90);
  progress.receive("a", 10);
  expect(progress.report().done).toBe(10);
  progress.complete("a", 190);
  expect(progress.report().done).toBe(100);
  expect(progress.downloaded).toBe(190);
});
