import { InstallerError } from "../errors.ts";

/**
 * What a variable of the environment holds.
 *
 * @param object The key of the manifest that names it, for errors.
 * @throws {InstallerError} `refused` when it is not set or no text.
 */
export function readVariable(name: string, object: string): Buffer {
  const value = process.env[name];
  if (value === undefined) {
    throw new InstallerError("refused", `the environment variable ${name} is not set`, {
      object,
      finding: "preflight/secret-missing",
      hint: "Export it before the installer is started; sudo drops variables unless told to keep them.",
    });
  }
  // What Bun puts in the place of bytes that are no UTF-8.
  if (value.includes("\uFFFD")) {
    throw new InstallerError("refused", `the environment variable ${name} holds no UTF-8 text`, {
      object,
      finding: "preflight/secret-unusable",
      hint: "Put the bytes into a file: { file = … }.",
    });
  }
  return Buffer.from(value);
}
