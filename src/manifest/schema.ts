import * as v from "valibot";
import { storageTables } from "../disk/objects/index.ts";
import { allowableFinding } from "./allowable-finding.ts";
import { expectedSubstituter } from "./substituters.ts";

/*
 * The manifest's schema: which keys there are, what they may hold and what they default to. The tables of storage are
 * described where their objects are, in `src/disk/objects`.
 * `install.toml.example` shows every key with a comment; both are tested against each other.
 */

const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, "expected the 64 lower-case hexadecimal digits that sha256sum prints"),
);

/** A user name or password in an address would end up in plans, logs and on the screen. */
const withoutCredentials = v.check((text: string) => {
  const url = URL.parse(text);
  // To ssh, the name alone is no secret.
  const isSsh = url?.protocol === "ssh:" || url?.protocol === "ssh-ng:";
  return url === null || ((isSsh || url.username === "") && url.password === "");
}, "expected an address without user name and password: they would be shown and logged");

const substituter = v.pipe(
  v.string(),
  v.check(
    (text) => expectedSubstituter(text) === undefined,
    ({ input }) => `expected ${expectedSubstituter(input)}`,
  ),
  withoutCredentials,
);

const systemTable = v.strictObject({
  /** Store path of the system to install, as `nix build` prints it. */
  toplevel: v.pipe(
    v.string(),
    v.regex(
      /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]+$/,
      "expected the store path of a system: /nix/store/<hash>-nixos-system-<name>-<version>",
    ),
  ),
  /** What partition GUIDs and file system UUIDs are derived from. Default: the toplevel's hash and the disk's identity. */
  seed: v.optional(v.pipe(v.string(), v.nonEmpty("expected a text that is not empty"))),
});

const cacheTable = v.strictObject({
  /** Addresses of binary caches and stores, as `substituters` of nix.conf. */
  substituters: v.pipe(v.array(substituter), v.minLength(1, "expected at least one URL")),
  /** As `trusted-public-keys` of nix.conf: `name:base64`. */
  "trusted-public-keys": v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.regex(
          /^[^:\s]+:[A-Za-z0-9+/]{43}=$/,
          "expected a public key as nix-store --generate-binary-cache-key writes it: name:base64",
        ),
      ),
    ),
    [],
  ),
  /** As `require-sigs` of nix.conf. */
  "require-sigs": v.optional(v.boolean(), true),
  /** As `http-connections` of nix.conf: requests at once. */
  connections: v.optional(
    v.pipe(
      v.number(),
      v.check(
        (count) => Number.isInteger(count) && 1 <= count && count <= 256,
        "expected a whole number from 1 to 256",
      ),
    ),
    32,
  ),
});

const storeTable = v.strictObject({
  /** As `auto-optimise-store` of nix.conf: whether equal files of the new store become hard links of one. */
  "auto-optimise-store": v.optional(v.boolean(), false),
});

const portableStoreTable = v.strictObject({
  /** A path, an http(s) URL, or `-` for standard input. */
  tarball: v.pipe(v.string(), v.nonEmpty("expected a text that is not empty"), withoutCredentials),
  sha256: v.optional(sha256),
});

const bootTable = v.strictObject({
  /**
   * Whether the boot loader may write the firmware's variables (`boot.loader.efi.canTouchEfiVariables`). When `false`
   * they are hidden from it, and the machine boots by the fallback path `EFI/BOOT`.
   */
  "efi-variables": v.optional(v.boolean(), true),
});

const finishTable = v.strictObject({
  action: v.optional(v.picklist(["reboot", "poweroff", "none"]), "none"),
});

/** The schema of a manifest, version 1. */
export const manifestSchema = v.strictObject({
  version: v.literal(1),
  /** Identifiers of findings that do not stop an install; `docs/findings.md` lists them. */
  allow: v.optional(v.array(allowableFinding), []),
  system: systemTable,
  cache: cacheTable,
  store: v.optional(storeTable, {}),
  "portable-store": v.optional(portableStoreTable),
  ...storageTables,
  boot: v.optional(bootTable, {}),
  finish: v.optional(finishTable, {}),
});

/** A validated manifest with its defaults filled in: plain data. */
export type Manifest = v.InferOutput<typeof manifestSchema>;
