import { expect, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import { netrcEntryFor, parseNetrc } from "../../../src/http/netrc.ts";

const parse = (text: string) => parseNetrc(text, "/root/.netrc");

test("words may stand on one line or on many, with comments and quotes", () => {
  const text = [
    "# caches",
    "machine Cache.example.org login ci password s3cret # the first",
    "machine b.example.org",
    '  login "a b"',
    '  password "q\\"u\\\\o\\te#"',
    "machine token.example.org password t",
    "default login anonymous password guest",
  ].join("\r\n");
  expect(parse(text)).toEqual([
    { machine: "cache.example.org", login: "ci", password: "s3cret" },
    { machine: "b.example.org", login: "a b", password: 'q"u\\o\te#' },
    { machine: "token.example.org", login: "", password: "t" },
    { machine: undefined, login: "anonymous", password: "guest" },
  ]);
});

test("macros and accounts are passed over", () => {
  const text =
    "machine a login l account x password p\nmacdef init\nmachine evil\n\nmachine b login m password q\n";
  expect(parse(text).map(({ machine }) => machine)).toEqual(["a", "b"]);
  expect(parse("")).toEqual([]);
});

test.each([
  ["machine a login l\npassword s3cret extra", 2],
  ["login nobody", 1],
  ['machine a password "s3cret', 1],
  ['machine a password "s3cret"x', 1],
  ["machine a\nlogin l\npassword", 3],
  ["<html>s3cret</html>", 1],
])("%j is refused with its line, and without what is in it", (text, line) => {
  let error: unknown;
  try {
    parse(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(InstallerError);
  expect(String(error)).toContain(`/root/.netrc is no netrc file: line ${line} is malformed`);
  expect(JSON.stringify(error) + String(error)).not.toContain("s3cret");
});

test("the first entry for a host counts, that for every host only where it is wanted", () => {
  const entries = parse(
    "machine a password 1\nmachine a password 2\ndefault password 3\nmachine c",
  );
  expect(netrcEntryFor(entries, "A", false)?.password).toBe("1");
  expect(netrcEntryFor(entries, "b", true)?.password).toBe("3");
  expect(netrcEntryFor(entries, "b", false)).toBeUndefined();
});
