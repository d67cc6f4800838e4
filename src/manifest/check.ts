import { errorMessage, InstallerError } from "../errors.ts";
import { parsePublicKey } from "../nix/signature.ts";
import { checkAccess } from "./check-access.ts";
import { checkEsps } from "./check-esp.ts";
import { checkKept } from "./check-keep.ts";
import { checkMounts } from "./check-mounts.ts";
import { checkNames } from "./check-names.ts";
import { checkReferences } from "./check-references.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkUses } from "./check-use.ts";
import { checkVolumes } from "./check-volumes.ts";
import type { Finding } from "./finding.ts";
import { type Outline, textAt } from "./outline.ts";
import type { Positions } from "./positions.ts";
import type { Manifest } from "./schema.ts";
import { checkStores } from "./substituters.ts";
import { isTable, valueAt } from "./toml.ts";

function checkSystem({ root }: Outline): Finding[] {
  const path = ["system", "toplevel"];
  if (textAt(root, path)?.endsWith(".drv") !== true) return [];
  return [
    {
      path,
      side: "value",
      message: '"toplevel" is a derivation, not what is built from it',
      expected: "the path that nix build prints with --print-out-paths",
    },
  ];
}

function checkKeys({ root }: Outline): Finding[] {
  if (!isTable(root.cache)) return [];
  const path = ["cache", "trusted-public-keys"];
  const keys = valueAt(root, path);
  const count = Array.isArray(keys) ? keys.length : Number(keys !== undefined);
  if (root.cache["require-sigs"] !== false && count === 0) {
    return [
      {
        path,
        side: keys === undefined ? "key" : "value",
        message:
          'signatures are required, but "trusted-public-keys" names no key to check them with',
        expected: "the cache's public key, or require-sigs = false to trust the cache blindly",
      },
    ];
  }
  return (Array.isArray(keys) ? keys : []).flatMap((key, index) => {
    const reason = typeof key === "string" ? publicKeyProblem(key) : undefined;
    return reason === undefined
      ? []
      : [
          {
            path: [...path, index],
            side: "value" as const,
            message: `not a public key: ${reason}`,
          },
        ];
  });
}

/** What is wrong with a key that has the right form; what has not is the schema's to tell. */
function publicKeyProblem(key: string): string | undefined {
  if (!/^[^:\s]+:[A-Za-z0-9+/]{43}=$/.test(key)) return undefined;
  try {
    parsePublicKey(key);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

function checkPortableStore({ root }: Outline): Finding[] {
  const path = ["portable-store", "tarball"];
  const tarball = textAt(root, path);
  if (tarball === undefined || !/^https?:/i.test(tarball)) return [];
  if (valueAt(root, ["portable-store", "sha256"]) !== undefined) return [];
  return [
    {
      path,
      side: "value",
      message: 'a tarball that is downloaded needs "sha256"',
      expected: "sha256 = the first word that sha256sum prints for it",
    },
  ];
}

/** As {@link findInconsistencies}, of the tables that do not describe storage. */
export function findSystemInconsistencies(outline: Outline): Finding[] {
  const checks = [checkSystem, checkKeys, checkAccess, checkPortableStore, checkStores];
  return checks.flatMap((check) => check(outline));
}

/** What the tables of a manifest say about each other and must not: everything that needs no machine to be found. */
export function findInconsistencies(outline: Outline): Finding[] {
  const checks = [
    findSystemInconsistencies,
    checkNames,
    checkReferences,
    checkUses,
    checkKept,
    checkEsps,
    checkSizes,
    checkVolumes,
    checkMounts,
  ];
  return checks.flatMap((check) => check(outline));
}

/**
 * Refuses a run in which standard input would have to be both the manifest and the portable store's tarball.
 *
 * @param source Where the manifest is read from, as on the command line.
 * @throws {InstallerError} `usage`
 */
export function refuseSharedStandardInput(
  source: string,
  manifest: Manifest,
  positions: Positions,
): void {
  if (source !== "-" || manifest["portable-store"]?.tarball !== "-") return;
  const position = positions.of("portable-store.tarball");
  throw new InstallerError("usage", "standard input cannot be both the manifest and the tarball", {
    object: "portable-store.tarball",
    hint: "Put one of them into a file.",
    ...(position === undefined ? {} : { position }),
  });
}
