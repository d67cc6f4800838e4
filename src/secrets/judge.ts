import { isUtf8 } from "node:buffer";
import { InstallerError } from "../errors.ts";
import type { SecretUse } from "../run/step.ts";
import { describeSecret } from "../values/secret.ts";

const newline = 0x0a;

/** The longest passphrase that cryptsetup lets somebody type (`cryptsetup --help`). */
const longestTyped = 512;

/** Why a passphrase cannot be typed at a terminal, if it cannot. */
function whyNotTyped(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return "it is no UTF-8 text";
  if (bytes.some((byte) => byte < 0x20 || byte === 0x7f)) return "it holds control characters";
  if (bytes.length > longestTyped) return `it has more than ${longestTyped} bytes`;
  return undefined;
}

/**
 * Judges a secret by its use: it must not be empty, and a passphrase must be something that can be typed.
 *
 * @returns A warning about it, if there is something to warn of.
 * @throws {InstallerError} `refused`
 */
export function judgeSecret(use: SecretUse, bytes: Uint8Array): string | undefined {
  const { source, object, kind } = use;
  const where = describeSecret(source);
  if (bytes.length === 0) {
    throw new InstallerError("refused", `the secret is empty: ${where}`, {
      object,
      finding: "preflight/secret-unusable",
    });
  }
  if (kind === "key") return undefined;
  if (bytes.at(-1) === newline) {
    throw new InstallerError("refused", `the passphrase ends in a newline: ${where}`, {
      object,
      finding: "preflight/secret-unusable",
      hint: "Nobody could type it when the system boots. Write the file with printf %s instead of echo, or list it under `keys`.",
    });
  }
  const reason = whyNotTyped(bytes);
  if (reason === undefined) return undefined;
  return `the passphrase may be impossible to type when the system boots: ${reason} (${where})`;
}
