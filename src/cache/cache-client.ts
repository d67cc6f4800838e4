import { HttpClient } from "../http/http-client.ts";
import type { HttpSettings } from "../http/retry.ts";
import { FileClient } from "./file-client.ts";

/** What gets the files of binary caches, wherever those are. */
export type CacheClient = Pick<HttpClient, "settings" | "open" | "getText">;

/**
 * Gets files over HTTP and from directories, by the scheme of their address.
 *
 * What goes wrong is an `HttpError` in either case: a file that is not there has the status 404.
 */
export function makeCacheClient(settings: HttpSettings): CacheClient {
  const http = new HttpClient(settings);
  const files = new FileClient(settings);
  const clientFor = (url: string) => (url.startsWith("file:") ? files : http);
  return {
    settings,
    open: (url, options) => clientFor(url).open(url, options),
    getText: (url, limit, options) => clientFor(url).getText(url, limit, options),
  };
}
