/** What the installer reads by itself: binary caches over HTTP and in directories. */
const cacheSchemes = ["http", "https", "file"];

/** What is left to Nix, each with what an address of it looks like. */
const storeForms = {
  s3: "s3://BUCKET?region=REGION",
  ssh: "ssh://USER@HOST",
  "ssh-ng": "ssh-ng://USER@HOST",
  unix: "unix:///PATH/OF/SOCKET",
  local: "local?root=/DIRECTORY",
  daemon: "daemon",
} as const;

type StoreScheme = keyof typeof storeForms;

function isStoreScheme(scheme: string): scheme is StoreScheme {
  return Object.hasOwn(storeForms, scheme);
}

/** The scheme of an address as nix.conf has them; `local` and `daemon` are whole addresses, too. */
function schemeOf(text: string): string | undefined {
  return /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)(?:$|:|\?)/.exec(text)?.groups?.scheme?.toLowerCase();
}

/** Whether a substituter is a store that the portable store's Nix copies from, and not a cache read by the installer. */
export function isNixStore(text: string): boolean {
  return isStoreScheme(schemeOf(text) ?? "");
}

/** Every scheme that a substituter may have, for messages. */
export const substituterSchemes = [...cacheSchemes, ...Object.keys(storeForms)];

/** What is wrong with the address of a store, by what it should be like; `undefined` when nothing is. */
export function storeAddressProblem(text: string): string | undefined {
  const scheme = schemeOf(text) ?? "";
  if (!isStoreScheme(scheme)) return undefined;
  return isWellFormed(scheme, text) ? undefined : storeForms[scheme];
}

function isWellFormed(scheme: StoreScheme, text: string): boolean {
  if (/[\s\0]/.test(text)) return false;
  switch (scheme) {
    case "daemon":
      return text === "daemon";
    case "local":
      // Without a root it would be the portable store itself.
      return /^local\?(?:.*&)?root=\/./.test(text);
    case "unix":
      return /^unix:\/\/\/[^?]/.test(text);
    case "s3":
      return /^s3:\/\/[a-z0-9][a-z0-9.-]*(?:[/?]|$)/.test(text);
    case "ssh":
    case "ssh-ng":
      return sshPattern.test(text);
  }
}

/** A host that begins with a dash would be an option of ssh. */
const sshPattern =
  /^(?<start>ssh(?:-ng)?:\/\/(?:[A-Za-z0-9_][^@:/?#]*@)?(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*))(?::(?<port>\d{1,5}))?\/?(?<settings>\?.*)?$/;

/** The address of a store as its commands take it. */
export interface StoreCommandAddress {
  /** For `--store` and `--from`. */
  readonly url: string;
  /** Options of ssh(1) that belong to it. */
  readonly sshOptions: readonly string[];
}

/** Where the socket of a live system's own Nix daemon is, past the portable store that covers it: by proc(5). */
const liveDaemonSocket = "unix:///proc/1/root/nix/var/nix/daemon-socket/socket";

/**
 * Puts an address in terms that every Nix knows: Nix 2.8 passes a port on to ssh as part of the host's name.
 *
 * @param text For which {@link storeAddressProblem} has nothing to say.
 */
export function storeCommandAddress(text: string): StoreCommandAddress {
  if (text === "daemon") return { url: liveDaemonSocket, sshOptions: [] };
  const { start, port, settings = "" } = sshPattern.exec(text)?.groups ?? {};
  if (start === undefined || port === undefined) return { url: text, sshOptions: [] };
  return { url: `${start}${settings}`, sshOptions: ["-p", port] };
}

/** The programs of the live system that Nix needs for a store. */
export function storePrograms(text: string): readonly string[] {
  return /^ssh(?:-ng)?:/.test(text) ? ["ssh"] : [];
}

/** The address as messages show it: settings after the `?` name files and profiles, and are left out. */
export function storeName(text: string): string {
  return text.startsWith("local?") ? text : text.replace(/\/?\?.*$/s, "");
}
