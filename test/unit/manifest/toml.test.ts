import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { parseToml } from "../../../src/manifest/toml.ts";
import { ManifestError, type ManifestProblem } from "../../../src/manifest-error.ts";
import { complaint, manifestWith } from "./manifest.ts";

// The largest text takes seconds on a machine that is busy with VMs.
setDefaultTimeout(60_000);

function problemsOf(text: string): readonly ManifestProblem[] {
  try {
    return parseToml({ file: "x.toml", text }).problems;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return error.problems;
  }
}

/** Line, column and message of everything that is wrong with a text. */
function refusal(text: string): string[] {
  return problemsOf(text).map(
    ({ position, message }) => `${position?.line}:${position?.column} ${message}`,
  );
}

function values(text: string): unknown {
  return JSON.parse(JSON.stringify(parseToml({ file: "x.toml", text }).root));
}

describe("texts that @iarna/toml would let through", () => {
  test.each([
    ["a = 1979-02-30\n", "1:14 there is no such date"],
    ["a = 24:00:00\n", "1:12 there is no such time"],
    [
      "[a.b]\nc = 1\n[a]\nb.d = 2\n",
      "4:1 a.b is complete already (line 1): nothing can be added to it",
    ],
    ["a = 9223372036854775808\n", "1:5 the integer is too large"],
    ["a = 9007199254740993\n", "1:5 the integer is too large"],
    ["a = [1, { b = -9007199254740992 }]\n", "1:15 the integer is too large"],
  ])("%j", (text, problem) => {
    expect(refusal(text)).toEqual([problem]);
  });
});

describe("texts that @iarna/toml does not read, though they are TOML", () => {
  const date = "this program does not read a date or time in this form, though it is TOML";
  test.each([
    ["a = 0e0\n", "1:5 this program does not read a float in this form, though it is TOML"],
    ["a = 1979-05-27t07:32:00z\n", `1:5 ${date}`],
    ["a = 07:32:00\nb = 1\n", `1:5 ${date}`],
    ["a = [1979-05-27, 1979-05-28]\n", `1:6 ${date}`],
  ])("%j", (text, problem) => {
    expect(refusal(text)).toEqual([problem]);
  });
});

describe("several mistakes are told at once", () => {
  test.each<[string, readonly string[]]>([
    [
      "a = x\nb 1\nc = 'd\n",
      [
        "1:5 a text must be in quotes",
        "2:3 expected = after the key",
        "3:7 the string is not closed",
      ],
    ],
    [
      "a = [1 2,\n3]\nb = [\n\n[c]\nd = ?\n",
      [
        "1:8 expected a comma between the elements",
        "3:6 the array is not closed with ]",
        "6:5 unexpected character",
      ],
    ],
    [
      "[a\nx = 1\n[b]\nx = 1\n[c]\nx =\n",
      ["1:3 the table header is not closed with ]", "6:4 expected a value after ="],
    ],
    [
      "[a]\nx = 1\nx = 2\n[b]\nx = 1\n[a]\nx = 3\n",
      ['3:1 the key "x" is there already in a (line 2)', "6:2 [a] is there already (line 1)"],
    ],
    [
      '[[a]]\nx = 1\n[[a]]\nx = 1\n"x" = 2\n',
      ['5:1 the key "x" is there already in a[1] (line 4)'],
    ],
    ["a = { b = 1, b = 2 }\na = 1\n", ["1:14 the key b is given twice in one table"]],
  ])("%j", (text, problems) => {
    expect(refusal(text)).toEqual([...problems]);
  });

  test("twenty at most", () => {
    expect(refusal("a = ?\n".repeat(100))).toHaveLength(20);
  });

  test("a key that is given twice together with what is wrong with the others", () => {
    const text = manifestWith(
      ["wipe = true", "wipe = true\nwipe = false"],
      ['type = "ext4"', 'type = "etx4"'],
    );
    expect(complaint(text)).toContain("has 2 problems");
  });
});

describe("texts that are no TOML 1.0 at all", () => {
  test.each([
    ["\u{feff}a = 1\n", "1:1 the text begins with a byte order mark"],
    ["a = { b = 1, }\n", "1:14 a table in braces must not end with a comma"],
    ["a = { b = 1,\nc = 2 }\n", "2:1 a table in braces must be on one line"],
    ['a = "\\e"\n', "1:7 invalid character in escape sequence"],
    ['a = "\\ud800"\n', "1:11 invalid code point d800"],
    ["a = 01\n", "1:5 a number has no leading zeros"],
    ["a = [1\n2]\n", "2:1 expected a comma between the elements"],
    ["a = [1, 2\n", "1:10 the array is not closed with ]"],
    ['a = """x\n', "1:9 the string is not closed"],
    ["[a\nb = 1\n", "1:3 the table header is not closed with ]"],
    ["a\n", "1:2 expected = after the key"],
    ["a =\n", "1:4 expected a value after ="],
    ["a = # nothing\n", "1:14 expected a value after ="],
    ["a = 1\rb = 2\n", "1:6 a carriage return without a line feed is no line break of TOML"],
    ["a = 1 b = 2\n", "1:7 expected the end of the line"],
    ["# \0\n", "1:3 control characters are not allowed"],
    ["é = 1\n", "1:1 unexpected character"],
    ["a = []\n[[a]]\n", "2:3 [a] is there already (line 1)"],
  ])("%j", (text, problem) => {
    expect(refusal(text)).toEqual([problem]);
  });
});

test("names that reach prototypes are refused before any object is made of them", () => {
  const prototypes = [Object.prototype, Object, Function.prototype];
  const before = prototypes.map(Object.getOwnPropertyNames);
  const texts = [
    "__proto__ = 1",
    "[__proto__]\npolluted = 1",
    "[constructor]\npolluted = 1",
    "constructor.prototype.polluted = 1",
    "[disk.__proto__.x]\npolluted = 1",
    'a = [{ "__proto__" = { polluted = 1 } }]',
  ];
  for (const text of texts) {
    expect(refusal(text).join()).toMatch(/^1:\d+ (?:__proto__|constructor) cannot be a name/);
  }
  expect(prototypes.map(Object.getOwnPropertyNames)).toEqual(before);
});

describe("texts that both read alike", () => {
  test.each<[string, unknown]>([
    ["", {}],
    ["a.b = 1\na.c = 2\n", { a: { b: 1, c: 2 } }],
    ["[a.b]\nx = 1\n[a.c]\ny = 2\n[a]\nz = 3\n", { a: { b: { x: 1 }, c: { y: 2 }, z: 3 } }],
    ["[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2\n", { a: [{ x: 1 }, { b: { y: 2 } }] }],
    ['a = [1, [2, "x"], { y = true }] # mixed\r\n', { a: [1, [2, "x"], { y: true }] }],
    ["a = '''\nx'''\n\"b c\" = \"\\u00e9\"\n", { a: "x", "b c": "é" }],
    [
      "a = 0xff\nb = 1_000\nc = -0.5\nd = 9007199254740991\n",
      { a: 255, b: 1000, c: -0.5, d: 2 ** 53 - 1 },
    ],
    ["hasOwnProperty = 1\ntoString = 2\n", { hasOwnProperty: 1, toString: 2 }],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("nan, inf and dates", () => {
    const { root } = parseToml({
      file: "x.toml",
      text: "a = nan\nb = -inf\nc = 1979-05-27T07:32:00Z\n",
    });
    expect(root.a).toBeNaN();
    expect(root.b).toBe(-Infinity);
    expect(root.c).toEqual(new Date("1979-05-27T07:32:00Z"));
  });
});

test.each([20_000, 400_000])("arrays in %d arrays are refused", (depth) => {
  const text = `a = ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
  expect(complaint(text)).toContain("host.toml: arrays or tables are nested too deeply");
});

test("a text with the line breaks of Windows is read, and its mistakes have the same places", () => {
  expect(values("# one\r\na = 1 # two\r\nb = '''\r\nx\r\ny'''\r\n")).toEqual({ a: 1, b: "x\ny" });
  expect(refusal("# one\r\na = 1\r\nb = ?\r\n")).toEqual(["3:5 unexpected character"]);
});

test.each([
  ["\nmisspelt text in the second line\n", ["2:10 expected = after the key"]],
  ["\n\n\na = 1\na = 2\n", ['5:1 the key "a" is there already (line 4)']],
  ["\n= 1\n", ["2:1 unexpected text"]],
])("a mistake in %j, which begins with a line break, is found at its place", (text, problems) => {
  expect(refusal(text)).toEqual(problems);
});

test.each(["__proto__", "constructor", "toString"])(
  "the word %s without quotes is told to need them",
  (word) => {
    expect(complaint(`a = ${word}\n`)).toContain("a text must be in quotes");
  },
);

test.each(["constructor", "toString", "valueOf"])(
  "the word %s is a value like any other",
  (word) => {
    const text = complaint(`[disk.main]\nlabel = "${word}"\nwipe = "${word}"\ntype = "${word}"\n`);
    expect(text).toContain("expected true or false");
  },
);
