import { readlink } from "node:fs/promises";
import { InstallerError } from "../../errors.ts";

/**
 * Nix's own place for the profile that everybody uses: in the portable store a link to its Nix, so that steps can name
 * its programs before it is there.
 */
export const portableProfile = "/nix/var/nix/profiles/default";

/** The path of a program of the portable store's Nix: `nix`, `nix-store`. */
export function portableProgram(name: string): string {
  return `${portableProfile}/bin/${name}`;
}

/**
 * The whole environment for the portable store's programs: local stores only, no daemon, no builds, no downloads, and
 * nothing read from the live system's or a user's nix.conf.
 */
export const portableEnvironment: Readonly<Record<string, string>> = {
  PATH: `${portableProfile}/bin`,
  // Nix wants a name for its user, and a live system may have no passwd(5).
  USER: "root",
  HOME: "/nix/var/empty",
  LC_ALL: "C",
  NIX_REMOTE: "local",
  NIX_CONF_DIR: "/nix/var/empty",
  NIX_USER_CONF_FILES: "",
  NIX_CONFIG: [
    "build-users-group =",
    "sandbox = false",
    "substituters =",
    "experimental-features = nix-command",
  ].join("\n"),
};

/**
 * The store path of the Nix that was unpacked, `/nix/store/<hash>-nix-<version>`.
 *
 * @throws {InstallerError} when there is no portable store.
 */
export async function portableNix(): Promise<string> {
  try {
    return await readlink(portableProfile);
  } catch (cause) {
    throw new InstallerError("bug", "there is no portable store at /nix", { cause });
  }
}
