import * as v from "valibot";
import { storageTables } from "../disk/objects/index.ts";
import { described } from "../values/described.ts";
import { allowableFinding } from "./allowable-finding.ts";
import { cacheTable, withoutCredentials } from "./cache-table.ts";

/*
 * The manifest's schema: which keys there are, what they mean, what they may hold and what they default to. The tables
 * of storage are described where their objects are, in `src/disk/objects`. `installer schema` makes a JSON Schema of it
 * (json-schema.ts), and `install.toml.example` shows every key with a comment; all are tested against each other.
 */

const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, "expected the 64 lower-case hexadecimal digits that sha256sum prints"),
);

const systemTable = v.strictObject({
  toplevel: described(
    v.pipe(
      v.string(),
      v.regex(
        /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]+$/,
        "expected the store path of a system: /nix/store/<hash>-nixos-system-<name>-<version>",
      ),
    ),
    "The store path of the NixOS system, as nix build --print-out-paths …config.system.build.toplevel prints it.",
  ),
  seed: described(
    v.optional(v.pipe(v.string(), v.nonEmpty("expected a text that is not empty"))),
    "What partition GUIDs and file system UUIDs are derived from: with the same seed they are the same on every run. Default: the hash of the toplevel and the identity of the disk.",
  ),
});

const storeTable = v.strictObject({
  "auto-optimise-store": described(
    v.optional(v.boolean(), false),
    "Whether equal files become hard links of one, as auto-optimise-store of nix.conf has it: less room on the disk for some more processor time.",
  ),
});

const portableStoreTable = v.strictObject({
  tarball: described(
    v.pipe(v.string(), v.nonEmpty("expected a text that is not empty"), withoutCredentials),
    'The official binary tarball of Nix, or a tar archive of a nix/store: a path, an http:// or https:// URL, or "-" for standard input.',
  ),
  sha256: described(
    v.optional(sha256),
    "What sha256sum prints for the tarball. Required for a URL.",
  ),
});

const bootTable = v.strictObject({
  "efi-variables": described(
    v.optional(v.boolean(), true),
    "Whether the boot loader may write the firmware's variables (boot.loader.efi.canTouchEfiVariables). With false they are hidden from it, and the machine boots by the fallback path EFI/BOOT.",
  ),
});

const finishTable = v.strictObject({
  action: described(
    v.optional(v.picklist(["reboot", "poweroff", "none"]), "none"),
    "What to do when the system is installed.",
  ),
});

/** The schema of a manifest, version 1. */
export const manifestSchema = v.strictObject({
  version: described(v.literal(1), "The version of this format."),
  allow: described(
    v.optional(v.array(allowableFinding), []),
    "What is known and accepted, by the identifiers of docs/findings.md: an error becomes a warning, a warning a note.",
  ),
  system: described(systemTable, "What is installed."),
  cache: described(cacheTable, "Where it comes from."),
  store: described(v.optional(storeTable, {}), "The new system's store."),
  "portable-store": described(
    v.optional(portableStoreTable),
    "The Nix that the installer brings, which has the last word on what was installed. Without this table that check is left out.",
  ),
  ...storageTables,
  boot: described(v.optional(bootTable, {}), "How the machine boots."),
  finish: described(v.optional(finishTable, {}), "What happens at the end."),
});

/** A validated manifest with its defaults filled in: plain data. */
export type Manifest = v.InferOutput<typeof manifestSchema>;
