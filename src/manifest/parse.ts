import { ManifestError, type ManifestProblem } from "../manifest-error.ts";
import { bootWarnings } from "./boot-warnings.ts";
import { findInconsistencies } from "./check.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { outline } from "./outline.ts";
import type { ManifestText, Positions } from "./positions.ts";
import type { Manifest } from "./schema.ts";
import { validate } from "./schema-problems.ts";
import { parseToml } from "./toml.ts";

/** A manifest that can be used, and where each of its keys is written. */
export interface ParsedManifest {
  readonly manifest: Manifest;
  readonly positions: Positions;
  /** What the user should know, though the manifest is sound; each begins with file and line. */
  readonly warnings: readonly string[];
}

/** Parses a text whose arrays and tables may be nested deeper than the stack allows, as no manifest's are. */
function parseShallow(text: ManifestText): ReturnType<typeof parseToml> {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ManifestError(text.file, [
      { position: undefined, path: "", message: "arrays or tables are nested too deeply" },
    ]);
  }
}

/** A finding with its place in the text, and the line of the other place it is about. */
function problemOf(finding: Finding, positions: Positions): ManifestProblem {
  const { path, side, message, expected, suggestion, also } = finding;
  const line = also === undefined ? undefined : positions.ofKeys(also, "value")?.line;
  return {
    path: formatKeyPath(path),
    position: positions.ofKeys(path, side),
    message: line === undefined ? message : `${message} (line ${line})`,
    expected,
    suggestion,
  };
}

/**
 * Reads a manifest: TOML 1.0, the schema, and what its tables say about each other.
 *
 * @throws {ManifestError} with everything that is wrong with it.
 */
export function parseManifest(text: ManifestText): ParsedManifest {
  const { root, positions } = parseShallow(text);
  const storage = outline(root);
  const result = validate(root, findInconsistencies(storage));
  if (result.findings.length > 0 || !result.success) {
    throw new ManifestError(
      text.file,
      result.findings.map((finding) => problemOf(finding, positions)),
    );
  }
  const warnings = bootWarnings(storage).map((finding) => {
    const { line = 1 } = problemOf(finding, positions).position ?? {};
    return `${text.file}:${line}: ${finding.message}`;
  });
  return { manifest: result.output, positions, warnings };
}
