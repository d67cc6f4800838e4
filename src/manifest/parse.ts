import { storageTables } from "../disk/objects/index.ts";
import type { Finding as PreflightFinding } from "../findings/finding.ts";
import { makeFinding } from "../findings/make-finding.ts";
import { ManifestError, type ManifestProblem } from "../manifest-error.ts";
import { bootWarnings } from "./boot-warnings.ts";
import { findInconsistencies, findSystemInconsistencies } from "./check.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { type Outline, outline } from "./outline.ts";
import type { ManifestText, Positions } from "./positions.ts";
import type { Manifest } from "./schema.ts";
import { validate } from "./schema-problems.ts";
import { parseToml, type TomlDocument } from "./toml.ts";

/** A manifest that can be used, and where each of its keys is written. */
export interface ParsedManifest {
  readonly manifest: Manifest;
  readonly positions: Positions;
  /** What the user should know, though the manifest is sound. */
  readonly warnings: readonly PreflightFinding[];
}

/** Parses a text whose arrays and tables may be nested deeper than the stack allows, as no manifest's are. */
function parseShallow(text: ManifestText): TomlDocument {
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
  return judge(text, parseShallow(text), findInconsistencies);
}

/**
 * As {@link parseManifest}, for what needs no disk: a manifest that describes no storage at all is sound too.
 *
 * @throws {ManifestError} with everything that is wrong with it.
 */
export function parsePullManifest(text: ManifestText): ParsedManifest {
  const document = parseShallow(text);
  const tables = Object.keys(storageTables);
  if (tables.some((table) => table in document.root)) {
    return judge(text, document, findInconsistencies);
  }
  const root = { ...document.root, disk: {}, filesystem: {} };
  return judge(text, { ...document, root }, findSystemInconsistencies);
}

function judge(
  text: ManifestText,
  { root, positions, problems }: TomlDocument,
  findFurther: (outline: Outline) => Finding[],
): ParsedManifest {
  const storage = outline(root);
  const result = validate(root, findFurther(storage));
  const found = result.findings.map((finding) => problemOf(finding, positions));
  if (problems.length > 0 || found.length > 0 || !result.success) {
    throw new ManifestError(text.file, [...problems, ...found]);
  }
  const warnings = bootWarnings(storage).map(({ path, message }) =>
    makeFinding("preflight/boot-unreadable", formatKeyPath(path.slice(0, -1)), message),
  );
  return { manifest: result.output, positions, warnings };
}
