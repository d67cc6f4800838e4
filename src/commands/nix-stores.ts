import { isNixStore, storeName } from "../cache/nix-store/store-address.ts";
import { InstallerError } from "../errors.ts";
import type { Facts } from "../facts/facts.ts";
import { enterMountNamespace, inOwnMountNamespace } from "../linux/namespace.ts";
import type { Manifest } from "../manifest/schema.ts";
import type { PortableStoreStep } from "../store/portable/step.ts";
import { unpackBeforehand } from "../store/portable/unpack-beforehand.ts";
import type { WalkRun } from "./walk.ts";

/** What {@link prepareNixStores} needs to know. */
export interface StorePreparation {
  readonly manifest: Manifest;
  /** Where the manifest came from, as on the command line. */
  readonly source: string;
  readonly facts: Pick<Facts, "memory" | "system">;
  readonly root: string;
  /** Bytes of the portable store's tarball, where they are known. */
  readonly tarballSize: number | undefined;
}

/** Whether a manifest has substituters that only the portable store's Nix can read. */
export function namesNixStores({ cache }: Manifest): boolean {
  return cache.substituters.some(isNixStore);
}

/**
 * Makes the portable store's Nix ready where the manifest has substituters that only it can read. A process without a
 * mount namespace of its own gets one, and begins anew.
 *
 * @returns The step that takes the portable store over; none where it is not needed.
 * @throws {InstallerError} `refused` where it cannot be.
 */
export async function prepareNixStores(
  { manifest, source, facts, root, tarballSize }: StorePreparation,
  { signal, emit }: WalkRun,
): Promise<readonly PortableStoreStep[]> {
  const { "portable-store": table, cache } = manifest;
  if (!namesNixStores(manifest) || table === undefined) return [];
  if (!inOwnMountNamespace()) {
    refuseStandardInput(source);
    enterMountNamespace();
  }
  const stores = cache.substituters.filter(isNixStore).map(storeName).join(", ");
  emit({
    type: "message",
    level: "info",
    text: `unpacking the portable store in memory, whose Nix reads ${stores}`,
  });
  const { tarball, sha256 } = table;
  const store = {
    tarball,
    ...(sha256 === undefined ? {} : { sha256 }),
    root,
    system: facts.system,
  };
  await unpackBeforehand(store, facts.memory, tarballSize, {
    signal,
    log: (level, text) => emit({ type: "message", level, text }),
  });
  const step = { kind: "portable-store", id: "portable-store", isUnpacked: true } as const;
  return [{ ...step, ...store, location: "memory" }];
}

/** @throws {InstallerError} `refused` for substituters that a command without a machine cannot ask. */
export function refuseNixStores(manifest: Manifest): void {
  if (!namesNixStores(manifest)) return;
  const stores = manifest.cache.substituters.filter(isNixStore).map(storeName).join(", ");
  throw new InstallerError(
    "refused",
    `${stores} can only be read by the portable store's Nix, which is not started here`,
    {
      object: "cache.substituters",
      hint: "Use installer plan, on a machine with memory for the portable store; or caches over http:// or https:// alone.",
    },
  );
}

/** What has been read from there is not there any more when the process begins anew. */
function refuseStandardInput(source: string): void {
  if (source !== "-") return;
  throw new InstallerError(
    "refused",
    "a manifest with substituters that only Nix can read cannot come in on standard input here",
    { hint: "Put it into a file." },
  );
}
