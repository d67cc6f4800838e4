import type { ManifestProblem } from "../manifest-error.ts";
import { ownValue } from "../own-value.ts";
import { lineStart } from "./line-start.ts";
import { truthValues } from "./suggest.ts";
import { missingComma } from "./toml-statements.ts";

/** What the place of a syntax error says of what was meant, better than the parser's own words. */
interface Words extends Pick<ManifestProblem, "message" | "expected" | "suggestion"> {
  readonly offset: number;
  /** UTF-16 units that it is about. */
  readonly length: number;
}

/** Where a syntax error is. */
interface Place {
  readonly text: string;
  readonly offset: number;
  /** The parser's message. */
  readonly message: string;
  /** What stands in the same line before it. */
  readonly before: string;
  /** What stands in the same line from it on. */
  readonly rest: string;
}

/** Tells what was meant at a place; `undefined` where it cannot. */
type Rule = (place: Place) => Words | undefined;

/** A value without quotes that needs them. */
function unquoted(word: string, offset: number): Words {
  const truth = ownValue(truthValues, word.toLowerCase());
  return truth === undefined
    ? {
        message: "a text must be in quotes",
        suggestion: JSON.stringify(word),
        offset,
        length: word.length,
      }
    : {
        message: `${word} is no value of TOML`,
        expected: "true or false",
        suggestion: truth,
        offset,
        length: word.length,
      };
}

const byteOrderMark: Rule = ({ offset, rest }) =>
  offset === 0 && rest.startsWith("\u{feff}")
    ? {
        message: "the text begins with a byte order mark",
        expected: "UTF-8 without one, as TOML 1.0 has it",
        offset,
        length: 1,
      }
    : undefined;

const json: Rule = ({ text, offset, rest }) =>
  rest.startsWith("{") && text.slice(0, offset).trim() === ""
    ? {
        message: "this looks like JSON",
        expected: "TOML: key = value, below [table] headers",
        offset,
        length: 1,
      }
    : undefined;

const openArray: Rule = ({ message, offset, rest }) =>
  (message === missingComma || message === "Unexpected character") && rest.trim() === ""
    ? { message: "the array is not closed with ]", offset, length: 1 }
    : undefined;

const openBraces: Rule = ({ message, offset, rest }) =>
  message === missingComma && rest.startsWith("]")
    ? { message: "the table in braces is not closed with }", offset, length: 1 }
    : undefined;

/** Often a mode, which is a text. */
const leadingZeros: Rule = ({ message, offset, rest }) => {
  const digits = message === "Leading zeros are not allowed" ? /^\d+/.exec(rest)?.[0] : undefined;
  if (digits === undefined) return undefined;
  const suggestion = JSON.stringify(digits);
  return { message: "a number has no leading zeros", suggestion, offset, length: digits.length };
};

/** What word processors and chats make of quotes. */
const typographicQuotes: Rule = ({ offset, rest }) =>
  /^[\u{201c}\u{201d}\u{201e}\u{2018}\u{2019}\u{ab}\u{bb}]/u.test(rest)
    ? {
        message: "typographic quotes are no quotes of TOML",
        expected: 'straight ones: "text"',
        offset,
        length: 1,
      }
    : undefined;

const otherComment: Rule = ({ offset, rest }) =>
  rest.startsWith("//") || rest.startsWith(";")
    ? {
        message: "this is no comment of TOML",
        expected: "# before a comment",
        offset,
        length: rest.length,
      }
    : undefined;

const missingEquals: Rule = ({ message, offset, before }) =>
  message === "Unexpected character" && /^\s*[^\s=[]+\s*$/.test(before)
    ? { message: "expected = after the key", offset, length: 1 }
    : undefined;

/** What stands where a value is expected, without quotes, up to the end of the line, a comma, a bracket or a comment. */
const valueWords = /^(?!["'[{])[^\n,\]}#"']+(?<![\s;])/;

/** The value that an offset lies in, or behind whose first characters it lies, where it has no quotes. */
const missingQuotes: Rule = ({ text, message, offset, before }) => {
  if (message !== "Unexpected character" && message !== "Must be a newline") return undefined;
  const opening = /.*[=,[{]\s*/.exec(before)?.[0] ?? "";
  if (!/[=[]/.test(opening)) return undefined;
  const begin = offset - before.length + opening.length;
  const word = valueWords.exec(text.slice(begin))?.[0] ?? "";
  const isWord = /[\p{L}/]/u.test(word) && !word.includes("=") && offset < begin + word.length;
  return isWord ? unquoted(word, begin) : undefined;
};

const rules: readonly Rule[] = [
  byteOrderMark,
  json,
  openArray,
  openBraces,
  leadingZeros,
  typographicQuotes,
  otherComment,
  missingEquals,
  missingQuotes,
];

/**
 * What is wrong at an offset, where the text around it tells what was meant: `undefined` where it does not.
 *
 * @param message The parser's.
 */
export function wordsFor(text: string, offset: number, message: string): Words | undefined {
  const start = lineStart(text, offset);
  const end = text.indexOf("\n", offset);
  const before = text.slice(start, offset);
  const rest = text.slice(offset, end === -1 ? undefined : end);
  for (const rule of rules) {
    const words = rule({ text, offset, message, before, rest });
    if (words !== undefined) return words;
  }
  return undefined;
}
