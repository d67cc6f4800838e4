import { expect, test } from "bun:test";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { PullQueue } from "../../../src/cache/pull-queue.ts";
import { KiB, MiB } from "../../../src/values/size.ts";

type Compression = ClosurePath["compression"];

function path(name: string, narSize: number, compression: Compression = "zstd"): ClosurePath {
  return {
    storePath: name,
    narUrl: "http://cache/nar",
    substituter: "http://cache/",
    compression,
    fileSize: Math.ceil(narSize / 2),
    narHash: "sha256:0",
    narSize,
    references: [],
    signatures: [],
  };
}

/** What a worker that finishes nothing is given. */
function fill(queue: PullQueue, active = new Set<ClosurePath>()): string[] {
  for (;;) {
    const next = queue.next(active);
    if (next === undefined) return [...active].map(({ storePath }) => storePath);
    active.add(next);
  }
}

test("the largest come first", () => {
  const paths = [path("b", 20 * MiB), path("d", KiB), path("a", 30 * MiB), path("c", MiB)];
  expect(fill(new PullQueue(paths, { connections: 9, memory: 100 * MiB }))).toEqual([
    "a",
    "b",
    "c",
    "d",
  ]);
});

test("beside as many large ones as there is memory for, small ones are under way", () => {
  const large = ["a", "b", "c", "d"].map((name) => path(name, 20 * MiB));
  const small = ["1", "2", "3"].map((name) => path(name, 10 * KiB));
  const queue = new PullQueue([...large, ...small], { connections: 9, memory: 6 * MiB });
  expect(fill(queue)).toEqual(["d", "c", "3", "2", "1"]);
  expect(fill(queue)).toEqual(["b", "a"]);
});

test("there are no more under way than connections", () => {
  const paths = Array.from({ length: 9 }, (_, index) => path(String(index), 10 * KiB));
  expect(fill(new PullQueue(paths, { connections: 4, memory: 6 * MiB })).length).toBe(4);
});

test("a path that needs more memory than there is comes alone", () => {
  const queue = new PullQueue([path("a", 20 * MiB, "xz"), path("b", 10 * MiB, "xz")], {
    connections: 9,
    memory: MiB,
  });
  expect(fill(queue)).toEqual(["a"]);
  expect(fill(queue)).toEqual(["b"]);
  expect(fill(queue)).toEqual([]);
});

test("what is not compressed needs no window", () => {
  const paths = ["a", "b", "c", "d"].map((name) => path(name, 100 * MiB, "none"));
  expect(fill(new PullQueue(paths, { connections: 9, memory: 2 * MiB }))).toHaveLength(4);
});
