import { isDeepStrictEqual } from "node:util";
import { parsePathInfoJson } from "../../../src/cache/nix-store/path-info-json.ts";
import { InstallerError } from "../../../src/errors.ts";
import { parseNetrc } from "../../../src/http/netrc.ts";
import { parseNixCacheInfo } from "../../../src/nix/cache-info.ts";
import { FormatError } from "../../../src/nix/format-error.ts";
import { formatHash } from "../../../src/nix/hash.ts";
import { type NarInfo, parseNarInfo } from "../../../src/nix/narinfo.ts";
import { formatRegistration, parseRegistration } from "../../../src/nix/registration.ts";
import { parseBootspec } from "../../../src/system/boot/bootspec.ts";
import { parseCrypttab } from "../../../src/system-info/crypttab.ts";
import { parseFstab } from "../../../src/system-info/fstab.ts";
import { luksDevicesOfScript } from "../../../src/system-info/initrd/luks-devices.ts";
import { narinfos } from "../../unit/nix/vectors.ts";
import { must, parsing, type Target } from "../engine/target.ts";

const storePath = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+\-._?=]{1,211}$/;
const aStorePath = "/nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt";
const aHash = "sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683";
const bytes = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

/** Writes a narinfo as Nix does, so that it can be read again. */
function formatNarInfo(info: NarInfo): string {
  const fields: [string, string | undefined][] = [
    ["StorePath", info.storePath.toString()],
    ["URL", info.url],
    ["Compression", info.compression],
    ["FileHash", info.fileHash === undefined ? undefined : formatHash(info.fileHash)],
    ["FileSize", info.fileSize?.toString()],
    ["NarHash", formatHash(info.narHash)],
    ["NarSize", info.narSize.toString()],
    ["References", info.references.map(({ baseName }) => baseName).join(" ")],
    ["Deriver", info.deriver?.baseName],
    ...info.signatures.map((signature): [string, string] => ["Sig", signature]),
    ["CA", info.contentAddress],
  ];
  return fields.map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\n`)).join("");
}

/** narinfos. */
export const narInfoTarget: Target = {
  name: "narinfo",
  seeds: () => bytes(...Object.values(narinfos)),
  dictionary: ["StorePath: ", "URL: ", "Compression: ", "FileHash: ", "FileSize: ", "NarHash: "]
    .concat(["NarSize: ", "References: ", "Deriver: ", "Sig: ", "CA: ", "unknown-deriver", "\n"])
    .concat([
      "xz",
      "zstd",
      "none",
      "br",
      "sha256:",
      "sha1:",
      "sha512-",
      "text:",
      "fixed:r:",
      "md5:",
    ])
    .concat(["/nix/store/", "../", "__proto__: ", "constructor: ", "\u001b[2J", aHash, aStorePath]),
  run: (input) => {
    const info = parsing(FormatError, () => parseNarInfo(input.toString()));
    must(storePath.test(info.storePath.toString()), `the path ${info.storePath.toString()}`);
    must(
      info.references.every((each) => storePath.test(each.toString())),
      "a reference",
    );
    must(Number.isSafeInteger(info.narSize) && info.narSize > 0, "the size of the NAR");
    must(info.narHash.bytes.length === 32, "the length of the hash");
    must(!info.url.includes("\n"), "a line break in the address");
    const again = parseNarInfo(formatNarInfo(info));
    must(isDeepStrictEqual(again, info), "what is written of it is read otherwise");
  },
};

/** `nix-cache-info`, which is never refused. */
export const cacheInfoTarget: Target = {
  name: "cache-info",
  seeds: () => bytes("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n", "", "<html></html>"),
  dictionary: [
    "StoreDir: ",
    "WantMassQuery: ",
    "Priority: ",
    "/nix/store",
    "\n",
    "-",
    "__proto__:",
  ],
  run: (input) => {
    const { priority, storeDirectory } = parseNixCacheInfo(input.toString());
    must(Number.isInteger(priority), `the priority ${priority}`);
    must(storeDirectory === undefined || !storeDirectory.includes("\n"), "lines in StoreDir");
  },
};

/** Registrations of tarballs, and what `nix-store --dump-db` prints. */
export const registrationTarget: Target = {
  name: "registration",
  seeds: () => {
    const path = `${aStorePath}\n${aHash.slice(7)}\n176\n\n`;
    return bytes(`${path}0\n`, `${path}1\n${aStorePath}\n`, `${aStorePath}\n\n0\n`);
  },
  dictionary: ["\n", "/nix/store/", aStorePath, aHash, "0\n", "1\n", "4294967295\n", ".drv\n"],
  run: (input) => {
    const paths = parsing(FormatError, () => parseRegistration(input.toString("latin1")));
    const whole = paths.flatMap(({ storePath: path, references, narHash, narSize }) =>
      narHash === undefined || narSize === undefined
        ? []
        : [{ storePath: path, references, narHash, narSize, signatures: [] }],
    );
    const text = formatRegistration(whole);
    must(
      parseRegistration(text).length === whole.length,
      "what is written of it is read otherwise",
    );
  },
};

/** netrc files. */
export const netrcTarget: Target = {
  name: "netrc",
  seeds: () =>
    bytes(
      "machine cache.example.org login me password secret\n",
      'default login "a b" password "q\\"\\n"\n# comment\nmacdef init\ncd /\n\nmachine a\n',
    ),
  dictionary: [
    "machine ",
    "default ",
    "login ",
    "password ",
    "account ",
    "macdef ",
    '"',
    "\\",
    "#",
  ],
  run: (input) => {
    const entries = parsing(InstallerError, () => parseNetrc(input.toString(), "the file"));
    must(
      entries.every(({ machine }) => machine !== ""),
      "a machine without a name",
    );
  },
};

/** `fstab`, `crypttab` and the script of an initrd: whatever they hold is passed over or read. */
export const tablesTarget: Target = {
  name: "tables",
  seeds: () =>
    bytes(
      "# comment\n/dev/disk/by-label/a\\040b / ext4 x-initrd.mount,rw 0 1\n\ttmpfs /tmp tmpfs\n",
      "root UUID=1234 none luks,discard\n",
      "cryptsetup luksOpen /dev/sda1 'root' --allow-discards\nluksOpen $1 x\n",
    ),
  dictionary: ["\\040", "\\011", "\\377", " ", "\t", "\n", "#", ",", "luksOpen ", "'", '"', "$"],
  run: (input) => {
    const text = input.toString();
    for (const { device, mountPoint } of parseFstab(text))
      must(device + mountPoint !== "", "fields");
    for (const { name } of parseCrypttab(text)) must(!/[ \t]/.test(name), "blanks in a name");
    luksDevicesOfScript(text);
  },
};

const bootspec = {
  system: "x86_64-linux",
  kernel: "/nix/store/k/bzImage",
  kernelParams: ["quiet"],
  label: "NixOS",
  init: "/nix/store/t/init",
  initrd: "/nix/store/i/initrd",
  toplevel: "/nix/store/t",
};
const bootDocument = { "org.nixos.bootspec.v1": bootspec, "org.nixos.specialisation.v1": {} };

/** `boot.json`. */
export const bootspecTarget: Target = {
  name: "bootspec",
  seeds: () =>
    bytes(
      JSON.stringify(bootDocument),
      JSON.stringify({ ...bootDocument, "org.nixos.specialisation.v1": { a: bootDocument } }),
    ),
  dictionary: [
    '"org.nixos.bootspec.v1":',
    '"org.nixos.specialisation.v1":{"a":',
    '"__proto__":{',
  ].concat([
    "[",
    "]",
    "{",
    "}",
    '"',
    ",",
    "null",
    "1e999",
    '"/',
    "\\u0000",
    '"constructor":{"prototype":{',
  ]),
  longest: 256 * 1024,
  run: (input) => {
    const { kernel, specialisations } = parsing(InstallerError, () =>
      parseBootspec(input.toString()),
    );
    must(kernel.startsWith("/"), "a kernel that is not absolute");
    must(
      Object.values(specialisations).every((each) => each.init.startsWith("/")),
      "an init",
    );
  },
};

/** What `nix path-info --json` says of foreign stores. */
export const pathInfoTarget: Target = {
  name: "path-info",
  seeds: () => {
    const info = { narHash: aHash, narSize: 176, references: [aStorePath], signatures: ["a:b"] };
    return bytes(
      JSON.stringify({ [aStorePath]: info }),
      JSON.stringify([{ ...info, path: aStorePath }]),
      JSON.stringify({ [aStorePath]: null }),
    );
  },
  dictionary: [
    '"narHash":',
    '"narSize":',
    '"references":[',
    '"__proto__":',
    "null",
    "[",
    "]",
    "{",
    "}",
  ],
  run: (input) => {
    const infos = parsing(InstallerError, () => parsePathInfoJson(input.toString()));
    for (const info of infos.values()) {
      must(info === undefined || storePath.test(info.storePath.toString()), "a path");
    }
  },
};
