import { expect, test } from "bun:test";
import { HttpError, parseRetryAfter, redactUrl } from "../../../src/http/http-error.ts";
import { defaultHttpSettings, retry, retryPause } from "../../../src/http/retry.ts";
import { rejection } from "../../support/rejection.ts";

const failure = (options: { status?: number; retryAfter?: number } = {}) =>
  new HttpError("http://cache/", "failed", { transient: true, ...options });

test.each([
  ["https://user:secret@cache.example.org/x?y=1", "https://cache.example.org/x?…"],
  ["https://s3.example.org/x?X-Amz-Signature=secret#top", "https://s3.example.org/x?…"],
  ["https://s3.example.org/x?…", "https://s3.example.org/x?…"],
  ["https://token@cache.example.org/", "https://cache.example.org/"],
  ["https://cache.example.org", "https://cache.example.org"],
  ["http://user:secret@[broken/", "http://[broken/"],
  ["http://user:sec?ret@cache.example.org/", "http://cache.example.org/"],
  ["not an address?token=secret", "not an address?…"],
])("an address is shown without user name, password and query: %s", (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

test.each([
  ["120", 120],
  ["0", 0],
  ["Thu, 01 Jan 1970 00:01:30 GMT", 30],
  ["Thu, 01 Jan 1970 00:00:30 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [null, undefined],
] as const)("Retry-After %p is %p seconds", (value, seconds) => {
  expect(parseRetryAfter(value, 60_000)).toBe(seconds);
});

test("pauses double, and vary by half", () => {
  const pauses = [1, 2, 3, 4].map((attempt) =>
    retryPause(failure(), attempt, defaultHttpSettings, 0.5),
  );
  expect(pauses).toEqual([0.25, 0.5, 1, 2]);
  expect(retryPause(failure(), 1, defaultHttpSettings, 0)).toBe(0.125);
  expect(retryPause(failure(), 1, defaultHttpSettings, 0.99)).toBeCloseTo(0.3725);
});

test("a server that limits the rate gets more time, one that names a time gets that, within limits", () => {
  expect(retryPause(failure({ status: 429 }), 1, defaultHttpSettings, 0.5)).toBe(5);
  expect(retryPause(failure({ status: 429, retryAfter: 7 }), 3, defaultHttpSettings, 0.5)).toBe(7);
  expect(retryPause(failure({ retryAfter: 86_400 }), 1, defaultHttpSettings, 0.5)).toBe(60);
  expect(retryPause(failure(), 12, defaultHttpSettings, 0.5)).toBe(60);
});

test("an interruption ends the pause, and is what is thrown", async () => {
  const interruption = new AbortController();
  const reason = new Error("SIGINT");
  const started = performance.now();
  const settings = { ...defaultHttpSettings, retryDelay: 30 };
  const failing = retry(
    () => Promise.reject(failure()),
    settings,
    interruption.signal,
    () => interruption.abort(reason),
  );
  expect(await rejection(failing)).toBe(reason);
  expect(performance.now() - started).toBeLessThan(2000);
});
