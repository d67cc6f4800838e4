import { liveNix } from "../../store/portable/live-nix.ts";

/** A host that begins with a dash would be an option of ssh. */
const sshPattern =
  /^(?<start>ssh(?:-ng)?:\/\/(?:[A-Za-z0-9_][^@:/?#\s]*@)?(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*))(?::(?<port>\d{1,5}))?\/?(?<settings>\?\S*)?$/;

/** What is left to Nix: what its addresses look like, for people and for sure. */
const storeForms = {
  s3: { form: "s3://BUCKET?region=REGION", pattern: /^s3:\/\/[a-z0-9][a-z0-9.-]*(?:[/?]\S*)?$/ },
  ssh: { form: "ssh://USER@HOST", pattern: sshPattern },
  "ssh-ng": { form: "ssh-ng://USER@HOST", pattern: sshPattern },
  unix: { form: "unix:///PATH/OF/SOCKET", pattern: /^unix:\/\/\/[^?\s]\S*$/ },
  // Without a root it would be the portable store itself.
  local: { form: "local?root=/DIRECTORY", pattern: /^local\?(?:\S*&)?root=\/\S+$/ },
  daemon: { form: "daemon", pattern: /^daemon$/ },
} as const;

type StoreScheme = keyof typeof storeForms;

function isStoreScheme(scheme: string): scheme is StoreScheme {
  return Object.hasOwn(storeForms, scheme);
}

/** The schemes of stores. */
export const storeSchemes: readonly string[] = Object.keys(storeForms);

/** The scheme of an address as nix.conf has them; `local` and `daemon` are whole addresses, too. */
export function schemeOf(text: string): string | undefined {
  return /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)(?:$|:|\?)/.exec(text)?.groups?.scheme?.toLowerCase();
}

/** Whether a substituter is a store that the portable store's Nix copies from, and not a cache read by the installer. */
export function isNixStore(text: string): boolean {
  return isStoreScheme(schemeOf(text) ?? "");
}

/** What the address of a store should be like, where it is not; `undefined` where it is, and for what is no store. */
export function expectedStoreForm(text: string): string | undefined {
  const scheme = schemeOf(text) ?? "";
  if (!isStoreScheme(scheme)) return undefined;
  const { form, pattern } = storeForms[scheme];
  return pattern.test(text) ? undefined : form;
}

/** The address of a store as its commands take it. */
export interface StoreCommandAddress {
  /** For `--store` and `--from`. */
  readonly url: string;
  /** Options of ssh(1) that belong to it. */
  readonly sshOptions: readonly string[];
}

/**
 * Puts an address in terms that every Nix knows: Nix 2.8 passes a port on to ssh as part of the host's name, and the
 * portable store covers the socket of the live system's daemon.
 *
 * @param text For which {@link expectedStoreForm} has nothing to say.
 */
export function storeCommandAddress(text: string): StoreCommandAddress {
  if (text === "daemon") {
    return { url: `unix://${liveNix()}/var/nix/daemon-socket/socket`, sshOptions: [] };
  }
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
