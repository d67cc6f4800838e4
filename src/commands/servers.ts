import { isNixStore } from "../cache/nix-store/store-address.ts";
import { probeReach, type Reach } from "../facts/reach.ts";
import type { Manifest } from "../manifest/schema.ts";

/** The addresses of a manifest that are asked over HTTP, each with the object that names it. */
function addressesIn(manifest: Manifest): { readonly object: string; readonly url: URL }[] {
  const caches = manifest.cache.substituters.filter((each) => !isNixStore(each));
  const tarball = manifest["portable-store"]?.tarball ?? [];
  const named = [
    ...caches.map((text) => ({ object: "cache.substituters", text })),
    ...[tarball].flat().map((text) => ({ object: "portable-store.tarball", text })),
  ];
  return named.flatMap(({ object, text }) => {
    const url = /^https?:/i.test(text) ? URL.parse(text) : null;
    return url === null ? [] : [{ object, url }];
  });
}

/** How the machine reaches the servers that a manifest names, each server of an object once. */
export async function probeServers(manifest: Manifest): Promise<readonly Reach[]> {
  const addresses = new Map(
    addressesIn(manifest).map((each) => [`${each.object} ${each.url.origin}`, each]),
  );
  return await Promise.all(
    [...addresses.values()].map(({ object, url }) => probeReach(object, url)),
  );
}
