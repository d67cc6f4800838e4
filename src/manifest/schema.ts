import * as v from "valibot";
import { parseSize, sizeForm } from "./size.ts";

/*
 * The manifest's schema: the one place that says which keys there are, what they may hold and what they default to.
 * `install.toml.example` shows every key with a comment; both are tested against each other.
 */

const objectName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    "expected a name of letters, digits, - and _ that begins with a letter or digit",
  ),
);

const size = v.pipe(
  v.string(`expected ${sizeForm}`),
  v.check((text) => parseSize(text) !== undefined, `expected ${sizeForm}`),
);

const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, "expected the 64 lower-case hexadecimal digits that sha256sum prints"),
);

function isAbsolutePath(path: string): boolean {
  if (path === "/") return true;
  const [root, ...parts] = path.split("/");
  return root === "" && !path.includes("\0") && !parts.some((part) => /^\.{0,2}$/.test(part));
}

const absolutePath = v.pipe(
  v.string(),
  v.check(isAbsolutePath, "expected an absolute path without empty, . or .. parts"),
);

const devicePath = v.pipe(
  v.string(),
  v.check(
    (path) => isAbsolutePath(path) && path.startsWith("/dev/"),
    "expected the path of a device node, such as /dev/disk/by-id/…",
  ),
);

/** A user name or password in an address would end up in plans, logs and on the screen. */
const withoutCredentials = v.check((text: string) => {
  const url = URL.parse(text);
  return url === null || (url.username === "" && url.password === "");
}, "expected an address without user name and password: they would be shown and logged");

const httpUrl = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.parse(text);
    return url?.protocol === "http:" || url?.protocol === "https:";
  }, "expected an http:// or https:// URL"),
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
  /** URLs of binary caches, as `substituters` of nix.conf. */
  substituters: v.pipe(v.array(httpUrl), v.minLength(1, "expected at least one URL")),
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

const portableStoreTable = v.strictObject({
  /** A path, an http(s) URL, or `-` for standard input. */
  tarball: v.pipe(v.string(), v.nonEmpty("expected a text that is not empty"), withoutCredentials),
  sha256: v.optional(sha256),
});

const partition = v.strictObject({
  /** The GPT partition name, at most 36 UTF-16 units; other tables refer to it as `disk.name`. */
  name: v.pipe(objectName, v.maxLength(36, "expected at most 36 characters, as GPT allows")),
  /** Left out by at most one partition, the last: the rest of the disk. */
  size: v.optional(size),
  type: v.optional(v.picklist(["esp", "bios-boot", "swap", "linux"]), "linux"),
});

const disk = v.strictObject({
  /** The device node, best one of `/dev/disk/by-id`. */
  device: devicePath,
  /** Whether what the disk holds may be destroyed. */
  wipe: v.optional(v.boolean(), false),
  partition: v.pipe(v.array(partition), v.minLength(1, "expected at least one partition")),
});

const deviceReference = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_-]*$/,
    'expected a partition as "disk.partition", such as "main.root"',
  ),
);

const mountOptions = v.optional(
  v.array(v.pipe(v.string(), v.regex(/^[^,\s]+$/, "expected one mount option, without commas"))),
  [],
);

const fileSystem = v.variant("type", [
  v.strictObject({
    type: v.literal("ext4"),
    device: deviceReference,
    label: v.optional(
      v.pipe(v.string(), v.maxBytes(16, "expected a label of at most 16 bytes, as ext4 allows")),
    ),
    options: mountOptions,
  }),
  v.strictObject({
    type: v.literal("vfat"),
    device: deviceReference,
    label: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^[A-Z0-9_-]{1,11}$/,
          "expected a label of at most 11 capital letters, digits, - and _, as vfat allows",
        ),
      ),
    ),
    options: mountOptions,
  }),
]);

const swap = v.strictObject({
  device: deviceReference,
  label: v.optional(
    v.pipe(v.string(), v.maxBytes(15, "expected a label of at most 15 bytes, as swap allows")),
  ),
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
  system: systemTable,
  cache: cacheTable,
  "portable-store": v.optional(portableStoreTable),
  disk: v.record(objectName, disk),
  filesystem: v.record(absolutePath, fileSystem),
  swap: v.optional(v.record(objectName, swap), {}),
  boot: v.optional(bootTable, {}),
  finish: v.optional(finishTable, {}),
});

/** A validated manifest with its defaults filled in: plain data. */
export type Manifest = v.InferOutput<typeof manifestSchema>;
/** `[disk.NAME]` */
export type DiskTable = Manifest["disk"][string];
/** `[[disk.NAME.partition]]` */
export type PartitionTable = DiskTable["partition"][number];
