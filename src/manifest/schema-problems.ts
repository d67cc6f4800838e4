import * as v from "valibot";
import type { Finding } from "./finding.ts";
import { homesOf } from "./key-homes.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { manifestSchema } from "./schema.ts";
import { findingsOf, list } from "./schema-findings.ts";
import { unknownKeys } from "./schema-keys.ts";
import { closestKey } from "./suggest.ts";
import type { TomlTable } from "./toml.ts";

function unknownFindings(root: TomlTable): Finding[] {
  return unknownKeys(manifestSchema, root).map(({ path, key, known, type, types }) => {
    const table = path.slice(0, -1);
    const where = table.length === 0 ? "" : ` in ${formatKeyPath(table)}`;
    const name = JSON.stringify(key);
    if (types.length > 0) {
      const what = type === undefined ? "" : ` of type ${type}`;
      return {
        path,
        side: "key",
        message: `${formatKeyPath(table)}${what} cannot have ${name}`,
        expected: types.length < 4 ? `it only with type = ${list(types)}` : undefined,
      };
    }
    const suggestion = closestKey(key, known);
    const homes = suggestion === undefined ? homesOf(key) : [];
    const elsewhere =
      homes.length === 0 ? `one of ${known.join(", ")}` : `it in ${homes.join(" or ")}`;
    return {
      path,
      side: "key",
      message: `unknown key ${name}${where}`,
      suggestion,
      expected: suggestion === undefined ? elsewhere : undefined,
    };
  });
}

function isWithin(path: KeyPath, parent: KeyPath): boolean {
  return parent.every((part, index) => path[index] === part);
}

/** Whether a finding is a misspelt key right in a table, which may be the one that the table lacks. */
function isMisspeltIn(table: KeyPath, { path, suggestion }: Finding): boolean {
  return suggestion !== undefined && path.length === table.length + 1 && isWithin(path, table);
}

/**
 * Judges a document by the manifest's schema: the manifest, or everything that is wrong, one finding per key.
 *
 * @param others What else is wrong with the document.
 */
export function validate(
  root: TomlTable,
  others: readonly Finding[],
): v.SafeParseResult<typeof manifestSchema> & { readonly findings: readonly Finding[] } {
  const result = v.safeParse(manifestSchema, root);
  const findings = new Map<string, Finding>();
  const misspelt = new Set<string>();
  const unknown = unknownFindings(root);
  for (const finding of unknown) {
    findings.set(formatKeyPath(finding.path), finding);
    if (finding.suggestion !== undefined) {
      misspelt.add(formatKeyPath([...finding.path.slice(0, -1), finding.suggestion]));
    }
  }
  for (const finding of (result.issues ?? []).flatMap((issue) => findingsOf(root, issue))) {
    const path = formatKeyPath(finding.path);
    // A misspelt key is told once, not also as missing, nor as what gives a table none of several forms.
    const isTold =
      findings.has(path) ||
      misspelt.has(path) ||
      (finding.isTable === true && unknown.some((one) => isMisspeltIn(finding.path, one))) ||
      (finding.isForm === true && unknown.some((one) => isWithin(one.path, finding.path)));
    if (!isTold) findings.set(path, finding);
  }
  for (const finding of others) {
    const path = formatKeyPath(finding.path);
    const told = findings.get(path);
    // What is wrong with a value by itself counts more, but what was meant is known better here.
    if (told !== undefined) {
      findings.set(path, { ...told, suggestion: told.suggestion ?? finding.suggestion });
    } else if (finding.side === "value" || !misspelt.has(path)) findings.set(path, finding);
  }
  return { ...result, findings: [...findings.values()] };
}
