import { fileURLToPath, pathToFileURL } from "node:url";
import { InstallerError } from "../errors.ts";

/**
 * Where a NAR is, absolute.
 *
 * In a cache over HTTP, the `URL` of a narinfo is a reference as in a web page: relative to the cache's address, or
 * absolute and perhaps on another server (`HttpBinaryCacheStore::makeRequest` of Nix). In a cache that is a directory it
 * is the name of a file below it, without any escapes (`src/libstore/local-binary-cache-store.cc`).
 *
 * @param url As in the narinfo.
 * @param substituter The cache's address, with a slash at its end.
 * @throws {InstallerError} if it leads away from HTTP, or out of the directory.
 */
export function narAddress(url: string, substituter: string): string {
  return substituter.startsWith("file:")
    ? fileAddress(url, substituter)
    : httpAddress(url, substituter);
}

function httpAddress(url: string, substituter: string): string {
  const address = URL.parse(url, substituter);
  if (address?.protocol === "http:" || address?.protocol === "https:") return address.href;
  throw refusal(url, "which is not HTTP");
}

function fileAddress(url: string, substituter: string): string {
  const segments = url.split("/");
  const leadsOut = segments.some((segment) => segment === "." || segment === "..");
  if (leadsOut || url.startsWith("/") || url.includes("\0")) {
    throw refusal(url, "which is not a file in it");
  }
  return pathToFileURL(fileURLToPath(substituter) + url).href;
}

function refusal(url: string, reason: string): InstallerError {
  return new InstallerError(
    "cache",
    `its narinfo has the NAR at ${JSON.stringify(url)}, ${reason}`,
  );
}
