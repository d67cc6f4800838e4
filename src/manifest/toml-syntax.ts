import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { ManifestError, type ManifestProblem } from "../manifest-error.ts";
import { lineStart } from "./line-start.ts";
import { type ManifestText, spanBetween } from "./positions.ts";
import { duplicateProblem } from "./toml-duplicates.ts";
import { isAtStatement, isHeaderAt, missingComma, withoutStatement } from "./toml-statements.ts";
import { wordsFor } from "./toml-words.ts";

/** The parser's message about a table in braces that goes over several lines. */
const overSeveralLines =
  "No newlines are allowed between the curly braces unless they are valid within a value";

/** toml-eslint-parser's messages in the words of the TOML specification, for those that leave a reader guessing. */
const messages: Readonly<Record<string, string>> = {
  "Unterminated string constant": "the string is not closed",
  "Unterminated table-key": "the table header is not closed with ]",
  "Unterminated array": "the array is not closed with ]",
  "Unterminated inline table": "the table in braces is not closed with }",
  "Empty bare keys are not allowed": "a key is missing",
  "Must be a newline": "expected the end of the line",
  "Expected equal (=) token": "expected = after the key",
  "Unspecified values are invalid": "expected a value after =",
  [missingComma]: "expected a comma between the elements",
  "Defining a key multiple times is invalid": "this key or table was defined before",
  "Unexpected character": "unexpected character",
  "Unexpected token": "unexpected text",
  "Control characters (codes < 0x1f and 0x7f) are not allowed":
    "control characters are not allowed",
  [overSeveralLines]: "a table in braces must be on one line",
  "Trailing comma is not permitted in an inline table":
    "a table in braces must not end with a comma",
  "Unexpected invalid date": "there is no such date",
  "Unexpected invalid time": "there is no such time",
};

/** What to write instead, for messages of toml-eslint-parser that do not tell. */
const expectations: Readonly<Record<string, string>> = {
  "Invalid character in escape sequence": "\\\\ for a backslash, or the text in single quotes",
  [overSeveralLines]: "it on one line, or a table with a [header]",
  "Defining a key multiple times is invalid": "each key and table once",
};

/** Messages of toml-eslint-parser about something that is missing: they belong behind what was read last. */
const missing = new Set([
  "Expected equal (=) token",
  "Unspecified values are invalid",
  "The key, equals sign, and value must be on the same line",
  "Unterminated string constant",
  "Unterminated table-key",
  "Unterminated array",
  "Unterminated inline table",
]);

/** The key or word at the begin of a text, for the carets. */
function wordLength(text: string): number {
  return /^[\w./-]+|^"[^"\n]*"?|^'[^'\n]*'?/.exec(text)?.[0].length ?? 1;
}

/** A message about the text at an offset. */
function messageFor(error: ParseError, text: string, offset: number): string {
  const { message } = error;
  const before = text.slice(0, offset);
  if (message === "The key, equals sign, and value must be on the same line") {
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (line.trimStart().startsWith("[")) return "the table header is not closed with ]";
    return before.endsWith("=") ? "expected a value after =" : "expected = after the key";
  }
  return messages[message] ?? message.charAt(0).toLowerCase() + message.slice(1);
}

/** Whether an error may come from an array that is not closed, of which the next statement seems to be an element. */
function isInOpenArray({ message }: ParseError): boolean {
  return message === missingComma || message === "Unexpected character";
}

/** The offset that an error is about. */
function offsetOf(text: string, error: ParseError): number {
  // An error at the begin of a line, or of the next statement, is about the line break before it.
  const isBehind =
    (error.column === 0 && missing.has(error.message)) ||
    (isInOpenArray(error) && isAtStatement(text, error.index));
  return isBehind
    ? text.slice(0, lineStart(text, error.index)).trimEnd().length
    : Math.min(error.index, text.length);
}

function syntaxProblem(text: ManifestText, error: ParseError): ManifestProblem {
  const offset = offsetOf(text.text, error);
  const words = wordsFor(text.text, offset, error.message);
  if (words !== undefined) {
    const { offset: start, length, ...said } = words;
    return { position: spanBetween(text, start, start + length), path: "", ...said };
  }
  const position = spanBetween(text, offset, offset + wordLength(text.text.slice(offset)));
  return {
    position,
    path: "",
    message: messageFor(error, text.text, offset),
    expected: expectations[error.message],
  };
}

/** The parser's message about a key or table that is given a second time. */
const duplicate = "Defining a key multiple times is invalid";

/** As many problems as are told of the text itself. */
const mostProblems = 20;

/** A text without what is wrong with it, and what that was, in the parser's words. */
interface Mended {
  readonly text: string;
  /** `undefined` when not everything could be taken out. */
  readonly document: AST.TOMLProgram | undefined;
  readonly errors: readonly ParseError[];
}

/** Parses again and again, each time without the statement that was wrong, as long as that leads on. */
function mend(source: string): Mended {
  const errors: ParseError[] = [];
  let text = source;
  while (errors.length < mostProblems) {
    try {
      return { text, document: parseTOML(text, { tomlVersion: "1.0" }), errors };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const last = errors.at(-1);
      // What is told of the same place again, or of one before, comes from the mending.
      const leadsOn = last === undefined || error.message === duplicate || error.index > last.index;
      if (!leadsOn) break;
      errors.push(error);
      const inBraces = error.message === overSeveralLines;
      text = withoutStatement(text, offsetOf(text, error), errors.length, inBraces);
    }
  }
  return { text, document: undefined, errors };
}

/** What can be read of a text. */
export interface Syntax {
  /** The text that can be read: with spaces for keys that are given a second time. */
  readonly text: ManifestText;
  readonly document: AST.TOMLProgram;
  /** The keys that are given a second time. */
  readonly problems: readonly ManifestProblem[];
}

/**
 * Parses a text as TOML 1.0, with the place of every node.
 *
 * @throws {ManifestError} with the places where it is not TOML 1.0, as far as they can be told from each other, but for
 * keys that are given a second time if that is all.
 */
export function parseSyntax(source: ManifestText): Syntax {
  const { text, document, errors } = mend(source.text);
  const duplicates = errors.filter(({ message }) => message === duplicate);
  const problems = errors.map((error) =>
    document !== undefined && error.message === duplicate
      ? duplicateProblem(source, document, error.index)
      : syntaxProblem(source, error),
  );
  // What stands below a header that is taken out is lost, and would be missed without reason.
  const isReadable =
    duplicates.length === errors.length &&
    !duplicates.some(({ index }) => isHeaderAt(source.text, index));
  if (document === undefined || !isReadable) throw new ManifestError(source.file, problems);
  return { text: { ...source, text }, document, problems };
}
