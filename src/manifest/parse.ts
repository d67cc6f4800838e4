import { findInconsistencies } from "./check.ts";
import { formatKeyPath } from "./key-path.ts";
import type { ManifestText, Positions } from "./positions.ts";
import { ManifestError } from "./problem.ts";
import type { Manifest } from "./schema.ts";
import { validate } from "./schema-problems.ts";
import { parseToml } from "./toml.ts";

/** A manifest that can be used, and where each of its keys is written. */
export interface ParsedManifest {
  readonly manifest: Manifest;
  readonly positions: Positions;
}

/**
 * Reads a manifest: TOML 1.0, the schema, and what its tables say about each other.
 *
 * @throws {ManifestError} with everything that is wrong with it.
 */
export function parseManifest(text: ManifestText): ParsedManifest {
  const { root, positions } = parseToml(text);
  const result = validate(root, findInconsistencies(root));
  if (result.findings.length > 0 || !result.success) {
    throw new ManifestError(
      text.file,
      result.findings.map(({ path, side, ...finding }) => ({
        ...finding,
        path: formatKeyPath(path),
        position: positions.ofKeys(path, side),
      })),
    );
  }
  return { manifest: result.output, positions };
}
