import { errorMessage, InstallerError } from "../errors.ts";
import type { HttpClient } from "../http/http-client.ts";
import { redactUrl } from "../http/http-error.ts";
import type { RetryListener } from "../http/retry.ts";
import { parseNixCacheInfo } from "../nix/cache-info.ts";
import { storeDirectory } from "../nix/store-path.ts";

/** A binary cache that has introduced itself. */
export interface Substituter {
  /** Its address, with a slash at its end; may hold a user name and password. */
  readonly url: string;
  /** The lower, the sooner it is asked. */
  readonly priority: number;
}

/** The longest `nix-cache-info` in bytes; real ones have about 80. */
const maximumCacheInfo = 65_536;

/**
 * Asks every cache what it is and puts them in the order in which they will be asked for paths: by priority
 * (`?priority=` in its address, or its own), caches of the same one as they came.
 *
 * A cache that does not answer is left out with a warning while there are others, as in Nix.
 *
 * @param urls As `substituters` of nix.conf; what follows a `?` are settings of Nix and not part of the address.
 * @throws {InstallerError} with reason `cache` if none is left, or one is of another store directory.
 */
export async function openSubstituters(
  urls: readonly string[],
  client: HttpClient,
  signal: AbortSignal,
  listener: { readonly warn: (message: string) => void; readonly onRetry: RetryListener },
): Promise<Substituter[]> {
  const opened = await Promise.allSettled(
    urls.map((url) => open(new URL(url), client, signal, listener.onRetry)),
  );
  signal.throwIfAborted();
  const substituters: Substituter[] = [];
  const failures: unknown[] = [];
  for (const result of opened) {
    if (result.status === "fulfilled") substituters.push(result.value);
    else failures.push(result.reason);
  }
  const wrongStore = failures.find((failure) => failure instanceof WrongStoreError);
  if (wrongStore !== undefined) throw wrongStore;
  if (substituters.length === 0) throw noneLeft(failures);
  for (const failure of failures) {
    listener.warn(`a cache is left out: ${errorMessage(failure)}`);
  }
  return substituters.toSorted((one, other) => one.priority - other.priority);
}

async function open(
  url: URL,
  client: HttpClient,
  signal: AbortSignal,
  onRetry: RetryListener,
): Promise<Substituter> {
  const priority = /^-?\d{1,9}$/.exec(url.searchParams.get("priority") ?? "");
  const base = baseUrl(url);
  const text = await client.getText(`${base}nix-cache-info`, maximumCacheInfo, {
    signal,
    onRetry,
  });
  const info = parseNixCacheInfo(text);
  if (info.storeDirectory === undefined && !/^\w+:/.test(text)) {
    throw new InstallerError(
      "cache",
      `${redactUrl(base)} is no binary cache: its nix-cache-info is not one`,
    );
  }
  const store = info.storeDirectory ?? storeDirectory;
  if (store !== storeDirectory) throw new WrongStoreError(redactUrl(base), store);
  return { url: base, priority: priority === null ? info.priority : Number(priority[0]) };
}

function baseUrl(url: URL): string {
  const base = new URL(url);
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base.href;
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

function noneLeft(failures: readonly unknown[]): InstallerError {
  const [first] = failures;
  if (failures.length === 1) {
    return new InstallerError("cache", `the binary cache cannot be used: ${errorMessage(first)}`, {
      cause: first,
      hint: "Check the address under substituters, and that this machine reaches it.",
    });
  }
  const reasons = failures.map((failure) => `\n  ${errorMessage(failure)}`).join("");
  return new InstallerError("cache", `no binary cache can be used:${reasons}`, {
    hint: "Check the addresses under substituters, and that this machine reaches one of them.",
  });
}
