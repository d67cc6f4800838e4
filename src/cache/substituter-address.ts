import { pathToFileURL } from "node:url";
import { InstallerError } from "../errors.ts";
import { redactUrl } from "../http/http-error.ts";

/** A substituter as nix.conf has it, taken apart. */
export interface SubstituterAddress {
  /** `http:`, `https:` or `file:`, without a query, with a slash at its end; may hold a user name and password. */
  readonly url: string;
  /** From `?priority=`: the lower, the sooner it is asked. `undefined` leaves it to the cache. */
  readonly priority: number | undefined;
  /** From `?trusted=`: whether its paths are taken without a signature. */
  readonly trusted: boolean;
  /** Names of further settings that Nix does not know either. */
  readonly unknownSettings: readonly string[];
}

/**
 * What else Nix knows in the query of a binary cache's address (`src/libstore/store-api.hh`, `binary-cache-store.hh` and
 * `http-binary-cache-store.hh`), none of which matters to reading from one.
 */
const settingsWithoutMeaning = new Set([
  "compression",
  "compression-level",
  "index-debug-info",
  "local-nar-cache",
  "log-compression",
  "ls-compression",
  "narinfo-compression",
  "parallel-compression",
  "path-info-cache-size",
  "retry-attempts",
  "retry-delay",
  "retry-delay-rate-limited",
  "retry-max-delay",
  "secret-key",
  "secret-keys",
  "store",
  "system-features",
  "tls-certificate",
  "tls-private-key",
  "want-mass-query",
  "write-nar-listing",
]);

const trueWords = new Set(["true", "yes", "1"]);
const falseWords = new Set(["false", "no", "0"]);

/**
 * Takes the address of a binary cache apart as Nix does (`src/libstore/store-reference.cc`): what follows the `?` are
 * settings, never sent to the cache.
 *
 * @param text As in `substituters` of nix.conf: `https://cache.example.org/prefix?priority=10`,
 *   `file:///media/usb/cache`.
 * @throws {InstallerError} with reason `manifest` if it is not the address of a binary cache that is read over HTTP or
 *   from files, or a setting has no such value.
 */
export function parseSubstituterAddress(text: string): SubstituterAddress {
  const refuse = (problem: string, hint?: string): never => {
    const options = hint === undefined ? {} : { hint };
    throw new InstallerError("manifest", `${redactUrl(text)} ${problem}`, options);
  };
  if (text.startsWith("/")) {
    const hint = `If it is a binary cache in a directory, write ${pathToFileURL(text).href}.`;
    return refuse("is a path, which Nix takes for a store and not for a binary cache", hint);
  }
  const url = URL.parse(text);
  if (url === null) return refuse("is not an address");
  if (url.protocol === "file:") {
    if (url.hostname !== "") {
      const hint = `Write three slashes: file:///${url.hostname}${url.pathname}.`;
      return refuse(`names the host ${url.hostname}, not only a directory`, hint);
    }
    if (/%2f|%00/i.test(url.pathname)) return refuse("holds an escape that no file name can have");
  } else if (url.protocol !== "http:" && url.protocol !== "https:") {
    return refuse("is not an address of http, https or file");
  }
  const { searchParams } = url;
  const priority = searchParams.get("priority");
  if (priority !== null && !/^-?\d{1,9}$/.test(priority)) {
    return refuse(`has the priority ${JSON.stringify(priority)}, which is not a whole number`);
  }
  const trusted = searchParams.get("trusted") ?? "false";
  if (!trueWords.has(trusted) && !falseWords.has(trusted)) {
    return refuse(`has trusted=${JSON.stringify(trusted)}, which is neither true nor false`);
  }
  return {
    url: baseUrl(url),
    priority: priority === null ? undefined : Number(priority),
    trusted: trueWords.has(trusted),
    unknownSettings: [...new Set(searchParams.keys())].filter((name) => !isKnown(name)),
  };
}

function isKnown(setting: string): boolean {
  return setting === "priority" || setting === "trusted" || settingsWithoutMeaning.has(setting);
}

function baseUrl(url: URL): string {
  const base = new URL(url);
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base.href;
}
