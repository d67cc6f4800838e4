import { expect, test } from "bun:test";
import { fitText, wrapLines, wrapText, wrapUsage } from "../../../../src/run/terminal/fit.ts";

test("a text that is too wide is cut and says so", () => {
  expect(fitText("linux-6.12.9-modules", 20)).toBe("linux-6.12.9-modules");
  expect(fitText("linux-6.12.9-modules", 12)).toBe("linux-6.1...");
  expect(fitText("日本語日本語", 9)).toBe("日本語...");
  expect(fitText("abc", 2)).toBe("ab");
});

test("words are wrapped, a long word and a remark stay whole", () => {
  const options = { columns: 41, indent: 4, remark: "3 min 05 s" };
  expect(
    wrapText("Unpack the portable store from /a/path/that/is/too/long/for/one/line", options),
  ).toBe(
    [
      "Unpack the portable store from",
      "    /a/path/that/is/too/long/for/one/line",
      "    3 min 05 s",
    ].join("\n"),
  );
  expect(wrapText("short", options)).toBe("short  3 min 05 s");
});

test("an error is wrapped below where each text begins; excerpts and output stay", () => {
  const error = [
    "error: a message of some length that goes on",
    "  next      Run the same command again with another root.",
    '   12 | a = "a line of the manifest, which is long"',
    "    | what a program printed, however long it is",
  ].join("\n");
  expect(wrapLines(error, 41)).toBe(
    [
      "error: a message of some length that",
      "       goes on",
      "  next      Run the same command again",
      "            with another root.",
      '   12 | a = "a line of the manifest, which is long"',
      "    | what a program printed, however long it is",
    ].join("\n"),
  );
});

test("a usage text is wrapped below its descriptions", () => {
  const usage = [
    "USAGE installer [OPTIONS]",
    "",
    "  -m, --manifest=<FILE>    A path, an http(s) URL, or - (Required)",
    "             -h, --help    Print this and exit",
  ];
  expect(wrapUsage(usage.join("\n"), 54).split("\n")).toEqual([
    "USAGE installer [OPTIONS]",
    "",
    "  -m, --manifest=<FILE>    A path, an http(s) URL, or",
    "                           - (Required)",
    "             -h, --help    Print this and exit",
  ]);
});
