import { expect, test } from "bun:test";
import { pollUntil } from "../../../src/facts/poll.ts";

test("it asks until the answer is true", async () => {
  const answers = [false, false, true];
  expect(await pollUntil(10, () => answers.shift() ?? false)).toBe(true);
  expect(answers).toEqual([]);
});

test("it asks once when there is no time, and gives up when the time is up", async () => {
  expect(await pollUntil(0, () => true)).toBe(true);
  const started = performance.now();
  expect(await pollUntil(0.1, () => false)).toBe(false);
  expect(performance.now() - started).toBeGreaterThanOrEqual(99);
});

test("it ends when it is aborted", async () => {
  const abort = new AbortController();
  let asked = 0;
  const polling = pollUntil(
    30,
    () => {
      asked += 1;
      abort.abort(new Error("interrupted"));
      return false;
    },
    abort.signal,
  );
  expect(await polling.catch((error: unknown) => String(error))).toBe("Error: interrupted");
  expect(asked).toBe(1);
});
