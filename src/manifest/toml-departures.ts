import { type AST, traverseNodes } from "toml-eslint-parser";
import { errorMessage } from "../errors.ts";
import type { ManifestProblem } from "../manifest-error.ts";
import { type ManifestText, spanBetween } from "./positions.ts";

/*
 * What is TOML 1.0, and toml-eslint-parser reads it, but @iarna/toml does not: docs/manifest.md has the list. No key of a
 * manifest takes such a value, so that a manifest that needs one is wrong anyway.
 */

/** A form that @iarna/toml reads, for values of which it does not read every form. */
const readableForms: Readonly<Record<string, string>> = {
  "offset-date-time": "1979-05-27T07:32:00Z",
  "local-date-time": "1979-05-27T07:32:00Z",
  "local-date": "1979-05-27T07:32:00Z",
  "local-time": "1979-05-27T07:32:00Z",
  float: "0.0",
};

/** Where @iarna/toml gave up, if it tells: it counts the character that it was reading already. */
function offsetOf(error: unknown): number | undefined {
  return typeof error === "object" &&
    error !== null &&
    "pos" in error &&
    typeof error.pos === "number"
    ? Math.max(0, error.pos - 1)
    : undefined;
}

/** The date, time or float at an offset, or right before it: what @iarna/toml was reading, or had just read. */
function valueAt(
  text: string,
  document: AST.TOMLProgram,
  offset: number,
): AST.TOMLValue | undefined {
  let found: AST.TOMLValue | undefined;
  traverseNodes(document, {
    enterNode: (node) => {
      if (node.type !== "TOMLValue" || !(node.kind in readableForms)) return;
      const [start, end] = node.range;
      if (start <= offset && text.slice(end, offset).trim() === "") found = node;
    },
    leaveNode: () => undefined,
  });
  return found;
}

/** What to tell of a text that is TOML 1.0 and that @iarna/toml refuses. */
export function departure(
  text: ManifestText,
  document: AST.TOMLProgram,
  error: unknown,
): ManifestProblem {
  const offset = offsetOf(error);
  const value = offset === undefined ? undefined : valueAt(text.text, document, offset);
  if (value !== undefined) {
    const what = value.kind === "float" ? "float" : "date or time";
    return {
      position: spanBetween(text, ...value.range),
      path: "",
      message: `this program does not read a ${what} in this form, though it is TOML`,
      expected: `a form such as ${readableForms[value.kind]}; no key of a manifest takes one`,
    };
  }
  const reason = errorMessage(error).split(/ at row \d|\n/)[0] ?? "";
  return {
    position: offset === undefined ? undefined : spanBetween(text, offset, offset + 1),
    path: "",
    message: `not TOML as this program reads it: ${reason}`,
  };
}
