import { expect, test } from "bun:test";
import { parseContentRange, rangeHeaders, rangeValidator } from "../../../src/http/range.ts";

test.each([
  ["bytes 5-9/10", { start: 5, end: 9, total: 10 }],
  ["bytes 0-0/*", { start: 0, end: 0, total: undefined }],
  ["bytes 5-9/9", undefined],
  ["bytes 9-5/10", undefined],
  ["bytes */10", undefined],
  ["bytes 5-/10", undefined],
  ["items 5-9/10", undefined],
  ["bytes 5-99999999999999999/*", undefined],
  ["", undefined],
  [null, undefined],
])("Content-Range %p", (value, range) => {
  expect(parseContentRange(value)).toEqual(range);
});

test.each<[Record<string, string>, string | undefined]>([
  [{ etag: '"a"', "last-modified": "then" }, '"a"'],
  [{ etag: 'W/"a"', "last-modified": "then" }, undefined],
  [{ etag: "a" }, undefined],
  [{ "last-modified": "then" }, "then"],
  [{}, undefined],
])("of %p the version of the file is %p", (headers, validator) => {
  expect(rangeValidator(new Headers(headers))).toBe(validator);
});

test("only the rest of a file is asked for with a range", () => {
  expect(rangeHeaders(undefined)).toEqual({});
  expect(rangeHeaders({ offset: 7 })).toEqual({ range: "bytes=7-" });
  expect(rangeHeaders({ offset: 7, validator: '"a"' })).toEqual({
    range: "bytes=7-",
    "if-range": '"a"',
  });
});
