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

/** What can be done about servers that want to know who asks; `undefined` for other statuses. */
export function statusHint(status: number | undefined): string | undefined {
  if (status === 401) {
    return "The cache asks for credentials, or takes others: give them with netrc-file or access-tokens under [cache].";
  }
  if (status === 407) {
    return "The proxy asks for a password: put it into the variable that names it, https_proxy=http://NAME:PASSWORD@HOST:PORT.";
  }
  return undefined;
}

/** What can be done about paths for which caches refuse, all of them together. */
export function hintFor(refusals: readonly Refusal[]): string {
  const known = refusals.find(({ hint }) => hint !== undefined)?.hint;
  if (known !== undefined) return known;
  if (refusals.some(({ untrusted }) => untrusted)) {
    return "If the signer is to be trusted, add its public key to trusted-public-keys; else sign the paths with a key that is (nix store sign).";
  }
  const byStatus = refusals.map(({ status }) => statusHint(status));
  const refused = byStatus.find((hint) => hint !== undefined);
  if (refused !== undefined) return refused;
  if (refusals.every(isAbsence)) {
    return "Push the whole closure to a cache first: nix copy --to <cache> <toplevel>.";
  }
  if (refusals.some(({ reason }) => reason === "integrity")) {
    return "The cache holds something else than it says: find out why, and push the path to it again.";
  }
  return "Look at the caches' own logs, or try again later.";
}
