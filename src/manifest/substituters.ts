import {
  expectedStoreForm,
  isNixStore,
  schemeOf,
  storeSchemes,
} from "../cache/nix-store/store-address.ts";
import { ownValue } from "../own-value.ts";
import type { Finding } from "./finding.ts";
import type { Outline } from "./outline.ts";
import { closest } from "./suggest.ts";
import { valueAt } from "./toml.ts";

/** The schemes of binary caches that the installer reads by itself. */
const cacheSchemes = ["https", "http", "file"];

/** What other programs call what the installer knows by another name. */
const otherNames: Readonly<Record<string, string>> = { sftp: "ssh", scp: "ssh", rsync: "ssh" };

/** What is expected instead of a text that is no address of a substituter; `undefined` for one that is. */
export function expectedSubstituter(text: string): string | undefined {
  if (isNixStore(text)) return expectedStoreForm(text);
  const scheme = schemeOf(text) ?? "";
  if (cacheSchemes.includes(scheme)) {
    return isCacheAddress(text) ? undefined : `${scheme}://${scheme === "file" ? "/PATH" : "HOST"}`;
  }
  const meant = meantAddress(text, scheme);
  if (meant !== undefined) return meant;
  const schemes = [...cacheSchemes, ...storeSchemes];
  return `an address that begins with ${schemes.slice(0, -1).join(", ")} or ${schemes.at(-1)}`;
}

function isCacheAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "file:" ? url.pathname !== "/" : url.hostname !== "");
}

function meantAddress(text: string, scheme: string): string | undefined {
  if (text.startsWith("/"))
    return `file://${text} for a binary cache, local?root=${text} for a store`;
  if (scheme === "" || /^[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:\/|$)/.test(text)) {
    return /^[\w-]+(?:\.[\w-]+)+/.test(text) ? `https://${text}` : undefined;
  }
  const meant = ownValue(otherNames, scheme) ?? closest(scheme, [...cacheSchemes, ...storeSchemes]);
  return meant === undefined ? undefined : `${meant}${text.slice(scheme.length)}`;
}

/** Stores that only Nix can read need one to read them. */
export function checkStores({ root }: Outline): Finding[] {
  const path = ["cache", "substituters"];
  const substituters = valueAt(root, path);
  if (root["portable-store"] !== undefined || !Array.isArray(substituters)) return [];
  return substituters.flatMap((substituter, index): Finding[] => {
    if (typeof substituter !== "string" || !isNixStore(substituter)) return [];
    return [
      {
        path: [...path, index],
        side: "value",
        message: `${JSON.stringify(substituter)} can be read only by Nix, and there is no [portable-store]`,
        expected:
          "http://, https:// or file://, or the table [portable-store] with the tarball of Nix",
      },
    ];
  });
}
