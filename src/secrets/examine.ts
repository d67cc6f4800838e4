import { closeSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Finding } from "../findings/finding.ts";
import { makeFinding } from "../findings/make-finding.ts";
import { findingsOf } from "../findings/refusal-error.ts";
import type { SecretUse } from "../run/step.ts";
import type { SecretSource } from "../values/secret.ts";
import { noTerminal } from "./ask.ts";
import { openDialogue } from "./dialogue.ts";
import { judgeSecret } from "./judge.ts";
import { readSecretFile } from "./read-file.ts";
import { readVariable } from "./read-variable.ts";

/** Whether a secret can be read before it is needed, as what comes through a pipe or is typed cannot: only once. */
export async function isReadTwice(source: SecretSource): Promise<boolean> {
  if ("env" in source) return true;
  if ("prompt" in source) return false;
  const found = await stat(source.file).catch(() => undefined);
  // What is not there can be told of at any time.
  return found === undefined || !(found.isFIFO() || found.isSocket());
}

async function examineOne(use: SecretUse): Promise<readonly Finding[]> {
  const { source, object } = use;
  if ("prompt" in source || !(await isReadTwice(source))) return [];
  const bytes =
    "env" in source ? readVariable(source.env, object) : await readSecretFile(source, object);
  try {
    const warning = judgeSecret(use, bytes);
    return warning === undefined
      ? []
      : [makeFinding("preflight/secret-not-typable", object, warning)];
  } finally {
    bytes.fill(0);
  }
}

/** What is found of secrets that are to be typed: nobody is asked yet. */
function examinePrompts(uses: readonly SecretUse[]): readonly Finding[] {
  const prompts = uses.flatMap(({ source, object }) =>
    "prompt" in source ? [{ text: source.prompt, object }] : [],
  );
  if (prompts.length === 0) return [];
  const terminal = openDialogue();
  if (terminal === undefined) {
    return prompts.flatMap((prompt) => findingsOf(noTerminal(prompt), "preflight/secret-missing"));
  }
  closeSync(terminal);
  return [];
}

/**
 * What is wrong with the secrets of a manifest, as far as it can be known before anybody is asked for one. What can be
 * read is read and forgotten.
 *
 * @returns Findings that name keys of the manifest, files and variables, and nothing of what is in them.
 */
export async function examineSecrets(uses: readonly SecretUse[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const use of uses) {
    try {
      found.push(...(await examineOne(use)));
    } catch (error) {
      found.push(...findingsOf(error, "preflight/secret-missing"));
    }
  }
  return [...found, ...examinePrompts(uses)];
}
