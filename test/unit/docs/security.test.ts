import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

const checkout = join(import.meta.dir, "..", "..", "..");

const text = await Bun.file(join(checkout, "docs", "security.md")).text();

test("every file that the threat model names is there", () => {
  const named = [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path]) => path ?? "");
  expect(named.length).toBeGreaterThan(60);
  expect([...new Set(named)].filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
});

test("every row of the threat model says what stops the attack, and names a test of it", () => {
  const rows = text.split("\n").filter((line) => /^\| (?!Attack|---)/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  const incomplete = rows.filter((row) => {
    const [, , stops = "", tests = ""] =
      row.split(" | ").length === 3 ? ["", ...row.split(" | ")] : [];
    return !/`(?:src\/|build\.ts)/.test(stops) || !/`test\//.test(tests);
  });
  expect(incomplete).toEqual([]);
});
