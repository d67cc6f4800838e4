import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { ManifestError, type ManifestProblem } from "../manifest-error.ts";
import { type ManifestText, spanBetween } from "./positions.ts";

/** toml-eslint-parser's messages in the words of the TOML specification, for those that leave a reader guessing. */
const messages: Readonly<Record<string, string>> = {
  "Unterminated string constant": "the string is not closed",
  "Unterminated table-key": "the table header is not closed with ]",
  "Unterminated array": "the array is not closed with ]",
  "Unterminated inline table": "the inline table is not closed with }",
  "Empty bare keys are not allowed": "a key is missing",
  "Must be a newline": "expected the end of the line",
  "Expected equal (=) token": "expected = after the key",
  "Unspecified values are invalid": "expected a value after =",
  "Expected comma (,) token": "expected a comma between the elements",
  "Defining a key multiple times is invalid": "this key or table was defined before",
  "Unexpected character": "unexpected character",
  "Unexpected token": "unexpected text",
  "Control characters (codes < 0x1f and 0x7f) are not allowed":
    "control characters are not allowed",
  "No newlines are allowed between the curly braces unless they are valid within a value":
    "an inline table must be on one line",
  "Trailing comma is not permitted in an inline table": "an inline table must not end with a comma",
  "Unexpected invalid date": "there is no such date",
  "Unexpected invalid time": "there is no such time",
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
  if (before === "" && text.startsWith("\u{feff}")) return "the text begins with a byte order mark";
  if (message === "The key, equals sign, and value must be on the same line") {
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (line.trimStart().startsWith("[")) return "the table header is not closed with ]";
    return before.endsWith("=") ? "expected a value after =" : "expected = after the key";
  }
  return messages[message] ?? message.charAt(0).toLowerCase() + message.slice(1);
}

function syntaxProblem(text: ManifestText, error: ParseError): ManifestProblem {
  const { message } = error;
  // An error at the begin of a line is about the line break before it.
  const atLineBreak = error.column === 0 && missing.has(message);
  const offset = atLineBreak
    ? text.text.slice(0, error.index).trimEnd().length
    : Math.min(error.index, text.text.length);
  const rest = text.text.slice(offset);
  const position = spanBetween(text, offset, offset + wordLength(rest));
  const bareText = message === "Unexpected character" && /^[A-Za-z/_]/.test(rest);
  return {
    position,
    path: "",
    message: messageFor(error, text.text, offset),
    ...(bareText ? { expected: "a text in double quotes" } : {}),
  };
}

/**
 * Parses a text as TOML 1.0, with the place of every node.
 *
 * @throws {ManifestError} with the first place where it is not TOML 1.0.
 */
export function parseSyntax(text: ManifestText): AST.TOMLProgram {
  try {
    return parseTOML(text.text, { tomlVersion: "1.0" });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ManifestError(text.file, [syntaxProblem(text, error)]);
  }
}
