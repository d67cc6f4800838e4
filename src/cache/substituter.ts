import { access, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { HttpError, redactUrl } from "../http/http-error.ts";
import type { RetryListener } from "../http/retry.ts";
import { parseNixCacheInfo } from "../nix/cache-info.ts";
import { storeDirectory } from "../nix/store-path.ts";
import type { CacheClient } from "./cache-client.ts";
import { statusHint } from "./lookup-error.ts";
import { parseSubstituterAddress, type SubstituterAddress } from "./substituter-address.ts";

/** A binary cache that has introduced itself. */
export interface Substituter {
  /** Its address, with a slash at its end; may hold a user name and password. */
  readonly url: string;
  /** The lower, the sooner it is asked. */
  readonly priority: number;
  /** Whether its paths are taken without a signature. */
  readonly trusted: boolean;
}

/** The longest `nix-cache-info` in bytes; real ones have about 80. */
const maximumCacheInfo = 65_536;

/**
 * Asks every cache what it is and puts them in the order in which they will be asked for paths: by priority
 * (`?priority=` in its address, or its own), caches of the same one as they came.
 *
 * A cache that does not answer is left out with a warning while there are others, as in Nix; once one has answered, the
 * rest have the time for connecting left to do so.
 *
 * @param urls As `substituters` of nix.conf; what follows a `?` are settings of Nix and not part of the address.
 * @param hasOthers Whether there are stores of other kinds, so that none of these need answer.
 * @throws {InstallerError} with reason `cache` if none is left, or one is of another store directory; `manifest` if an
 *   address is none of a binary cache.
 */
export async function openSubstituters(
  urls: readonly string[],
  client: CacheClient,
  signal: AbortSignal,
  listener: { readonly warn: (message: string) => void; readonly onRetry: RetryListener },
  hasOthers = false,
): Promise<Substituter[]> {
  const addresses = urls.map(parseSubstituterAddress);
  for (const address of addresses) warnOfSettings(address, listener.warn);
  const patience = new AbortController();
  const limited = AbortSignal.any([signal, patience.signal]);
  let timer: NodeJS.Timeout | undefined;
  const open = async (address: SubstituterAddress): Promise<Substituter> => {
    const substituter = await introduce(address, client, limited, listener.onRetry);
    const { connectTimeout } = client.settings;
    timer ??= setTimeout(() => patience.abort(lateError(connectTimeout)), connectTimeout * 1000);
    return substituter;
  };
  const opened = await Promise.allSettled(addresses.map(open));
  clearTimeout(timer);
  signal.throwIfAborted();
  const substituters: Substituter[] = [];
  const failures: unknown[] = [];
  for (const [index, result] of opened.entries()) {
    if (result.status === "fulfilled") substituters.push(result.value);
    else if (result.reason !== patience.signal.reason) failures.push(result.reason);
    else
      failures.push(
        new Error(`${redactUrl(addresses[index]?.url ?? "")}: ${result.reason.message}`),
      );
  }
  const wrongStore = failures.find((failure) => failure instanceof WrongStoreError);
  if (wrongStore !== undefined) throw wrongStore;
  if (substituters.length === 0 && !hasOthers) throw noneLeft(failures);
  for (const failure of failures) {
    listener.warn(`a cache is left out: ${errorMessage(failure)}`);
  }
  return substituters.toSorted((one, other) => one.priority - other.priority);
}

function lateError(seconds: number): Error {
  return new Error(`did not answer within ${seconds} s of another cache`);
}

function warnOfSettings(
  { url, trusted, unknownSettings }: SubstituterAddress,
  warn: (message: string) => void,
): void {
  const shown = redactUrl(url);
  if (trusted) warn(`${shown} is believed without signatures, since its address says trusted`);
  for (const name of unknownSettings) {
    warn(
      `${shown}: the setting ${name} in its address is unknown; as in Nix, it is not sent to the cache`,
    );
  }
}

async function introduce(
  address: SubstituterAddress,
  client: CacheClient,
  signal: AbortSignal,
  onRetry: RetryListener,
): Promise<Substituter> {
  const { url, trusted } = address;
  const text = await cacheInfoText(url, client, signal, onRetry);
  const info = parseNixCacheInfo(text);
  if (info.storeDirectory === undefined && !/^(\w+:|$)/.test(text)) {
    throw new InstallerError(
      "cache",
      `${redactUrl(url)} is no binary cache: its nix-cache-info is not one`,
    );
  }
  const store = info.storeDirectory ?? storeDirectory;
  if (store !== storeDirectory) throw new WrongStoreError(redactUrl(url), store);
  return { url, priority: address.priority ?? info.priority, trusted };
}

async function cacheInfoText(
  url: string,
  client: CacheClient,
  signal: AbortSignal,
  onRetry: RetryListener,
): Promise<string> {
  if (url.startsWith("file:")) await checkDirectory(fileURLToPath(url));
  try {
    return await client.getText(`${url}nix-cache-info`, maximumCacheInfo, { signal, onRetry });
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 404) throw error;
    // Nix would write one into a directory that has none.
    if (url.startsWith("file:") && (await holdsNarInfos(fileURLToPath(url)))) return "";
    throw new InstallerError(
      "cache",
      `${redactUrl(url)} is no binary cache: it has no nix-cache-info`,
      {
        cause: error,
      },
    );
  }
}

async function checkDirectory(path: string): Promise<void> {
  try {
    await access(`${path}.`);
  } catch (cause) {
    const missing = errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR";
    const problem = missing
      ? `there is no directory ${path}`
      : `the directory ${path} cannot be read: ${errorMessage(cause)}`;
    throw new InstallerError("cache", problem, { cause });
  }
}

async function holdsNarInfos(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  return names.some((name) => name.endsWith(".narinfo"));
}

class WrongStoreError extends InstallerError {
  constructor(url: string, store: string) {
    super("cache", `${url} holds paths for the store ${store}, not ${storeDirectory}`, {
      object: url,
      hint: "Remove this cache from substituters.",
    });
    this.name = "WrongStoreError";
  }
}

/** What can be done about a cache that does not introduce itself. */
function hintFor(failure: unknown): string {
  const known = failure instanceof InstallerError ? failure.hint : undefined;
  if (known !== undefined) return known;
  const status = failure instanceof HttpError ? failure.status : undefined;
  return (
    statusHint(status) ?? "Check the address under substituters, and that this machine reaches it."
  );
}

function noneLeft(failures: readonly unknown[]): InstallerError {
  const [first] = failures;
  if (failures.length === 1) {
    return new InstallerError("cache", `the binary cache cannot be used: ${errorMessage(first)}`, {
      cause: first,
      hint: hintFor(first),
    });
  }
  const reasons = failures.map((failure) => `\n  ${errorMessage(failure)}`).join("");
  return new InstallerError("cache", `no binary cache can be used:${reasons}`, {
    hint: "Check the addresses under substituters, and that this machine reaches one of them.",
  });
}
