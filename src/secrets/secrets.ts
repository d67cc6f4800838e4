import { InstallerError } from "../errors.ts";
import type { SecretUse } from "../run/step.ts";
import { describeSecret, type SecretSource } from "../values/secret.ts";
import { askSecret } from "./ask.ts";
import { isReadTwice } from "./examine.ts";
import { judgeSecret } from "./judge.ts";
import { readSecretFile } from "./read-file.ts";
import { readVariable } from "./read-variable.ts";

/** The secrets of a run, in memory only. Disposing it overwrites them. */
export class Secrets implements Disposable {
  readonly #bytes = new Map<string, Buffer>();

  add(source: SecretSource, bytes: Buffer): void {
    this.#bytes.set(JSON.stringify(source), bytes);
  }

  has(source: SecretSource): boolean {
    return this.#bytes.has(JSON.stringify(source));
  }

  /** The bytes of a secret, as they are. @throws {InstallerError} `bug` for one that was not read beforehand. */
  readonly get = (source: SecretSource): Uint8Array => {
    const bytes = this.#bytes.get(JSON.stringify(source));
    if (bytes !== undefined) return bytes;
    throw new InstallerError("bug", `nobody has read the secret: ${describeSecret(source)}`);
  };

  [Symbol.dispose](): void {
    for (const bytes of this.#bytes.values()) bytes.fill(0);
    this.#bytes.clear();
  }
}

/** What {@link readSecrets} needs besides what is to be read. */
interface ReadOptions {
  readonly signal: AbortSignal;
  /** Told what the user should know though the install goes on, where {@link examineSecrets} could not know it. */
  readonly warn: (text: string) => void;
}

function readOne(
  { source, object }: SecretUse,
  isNew: boolean,
  signal: AbortSignal,
): Buffer | Promise<Buffer> {
  if ("env" in source) return readVariable(source.env, object);
  if ("file" in source) return readSecretFile(source, object);
  return askSecret({ text: source.prompt, isNew, object, signal });
}

function isPrompt({ source }: SecretUse): boolean {
  return "prompt" in source;
}

/** Those that wait for nobody first, so that nothing is typed in vain. */
function promptsLast(uses: readonly SecretUse[]): SecretUse[] {
  return [...uses.filter((use) => !isPrompt(use)), ...uses.filter(isPrompt)];
}

/**
 * Reads every secret that steps will use, each once, before any of them runs. Variables are taken out of the
 * installer's environment.
 *
 * @throws {InstallerError} `refused`, naming the key of the manifest, for a secret that cannot be had or used.
 */
export async function readSecrets(
  uses: readonly SecretUse[],
  { signal, warn }: ReadOptions,
): Promise<Secrets> {
  const secrets = new Secrets();
  try {
    for (const use of promptsLast(uses)) {
      const { source } = use;
      if (!secrets.has(source)) {
        const name = JSON.stringify(source);
        const isNew = uses.some((each) => each.isNew && JSON.stringify(each.source) === name);
        secrets.add(source, await readOne(use, isNew, signal));
      }
      const warning = judgeSecret(use, secrets.get(source));
      if (warning !== undefined && !(await isReadTwice(source))) warn(`${use.object}: ${warning}`);
    }
    for (const { source } of uses) if ("env" in source) delete process.env[source.env];
    return secrets;
  } catch (error) {
    secrets[Symbol.dispose]();
    throw error;
  }
}
