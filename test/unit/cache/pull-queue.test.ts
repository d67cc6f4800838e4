import { expect, test } from "bun:test";
import type { ClosurePath } from "../../../src/cache/closure.ts";
import { PullQueue } from "../../../src/cache/pull-queue.ts";

const MiB = 2 ** 20;

function path(storePath: string, narSize: number, fileSize = narSize): ClosurePath {
  return {
    storePath,
    narUrl: "http://cache/nar",
    substituter: "http://cache/",
    compression: "none",
    fileSize,
    narHash: "sha256:0",
    narSize,
    references: [],
    signatures: [],
  };
}

const name = (next: ClosurePath | undefined) => next?.storePath;

test("the largest come first, one at a time for a worker, then many small ones together", () => {
  const small = ["a", "b", "c"].map((each, index) => path(each, 1000 + index));
  const queue = new PullQueue([...small, path("large", 20 * MiB), path("larger", 30 * MiB)], 2);
  const larger = queue.next([]);
  expect(name(larger)).toBe("larger");
  expect(queue.next([path("larger", 30 * MiB)])).toBeUndefined();
  expect(name(queue.next([]))).toBe("large");
  expect(name(queue.next([]))).toBe("c");
  expect(name(queue.next([path("c", 1002)]))).toBe("b");
  expect(queue.next([path("c", 1002), path("b", 1001)])).toBeUndefined();
  expect(name(queue.next([]))).toBe("a");
  expect(queue.next([])).toBeUndefined();
});

test("a worker that waits for small ones does not begin a large one", () => {
  const queue = new PullQueue([path("large", 20 * MiB)], 8);
  expect(queue.next([path("small", 1)])).toBeUndefined();
  expect(name(queue.next([]))).toBe("large");
});

test("what is held in memory is limited, but never so that nothing goes on", () => {
  const queue = new PullQueue([path("a", 2 * MiB), path("b", 1.5 * MiB), path("c", MiB)], 8);
  expect(name(queue.next([]))).toBe("a");
  expect(name(queue.next([path("a", 2 * MiB)]))).toBe("b");
  expect(queue.next([path("a", 2 * MiB), path("b", 1.5 * MiB)])).toBeUndefined();
  expect(name(queue.next([path("b", 1.5 * MiB)]))).toBe("c");
});
