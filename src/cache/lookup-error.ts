import { InstallerError } from "../errors.ts";
import { isAbsence, type Refusal } from "./lookup.ts";

/**
 * The error for a path that no cache could deliver, with what each of them said.
 *
 * @param referrer The path that refers to it; `undefined` for the toplevel.
 */
export function unavailableError(
  storePath: string,
  referrer: string | undefined,
  refusals: readonly Refusal[],
): InstallerError {
  const integrity = refusals.some(({ reason }) => reason === "integrity");
  const needed = referrer === undefined ? "" : `, which ${referrer} refers to,`;
  const answers = refusals.map(({ answer }) => `\n  ${answer}`);
  return new InstallerError(
    integrity ? "integrity" : "cache",
    `${storePath}${needed} cannot be had:${answers.join("")}`,
    { object: storePath, hint: hintFor(refusals) },
  );
}

/** What can be done about paths for which caches refuse, all of them together. */
export function hintFor(refusals: readonly Refusal[]): string {
  const known = refusals.find(({ hint }) => hint !== undefined)?.hint;
  if (known !== undefined) return known;
  if (refusals.some(({ untrusted }) => untrusted)) {
    return "If the signer is to be trusted, add its public key to trusted-public-keys; else sign the paths with a key that is (nix store sign).";
  }
  if (refusals.some(({ status }) => status === 401 || status === 407)) {
    return "The cache asks for a password, which the installer cannot give yet: use one that does not, or open it to this machine.";
  }
  if (refusals.every(isAbsence)) {
    return "Push the whole closure to a cache first: nix copy --to <cache> <toplevel>.";
  }
  if (refusals.some(({ reason }) => reason === "integrity")) {
    return "The cache holds something else than it says: find out why, and push the path to it again.";
  }
  return "Look at the caches' own logs, or try again later.";
}
