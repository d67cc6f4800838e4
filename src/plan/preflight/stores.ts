import { isNixStore, storeName, storePrograms } from "../../cache/nix-store/store-address.ts";
import type { Refusal } from "../../disk/safety/refusal.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Manifest } from "../../manifest/schema.ts";

/** Whether the live system has the programs with which Nix reaches the manifest's stores. Pure. */
export function judgeStores({ cache }: Manifest, facts: Facts): Refusal[] {
  return cache.substituters.filter(isNixStore).flatMap((store) =>
    storePrograms(store)
      .filter((program) => facts.tools[program] === undefined)
      .map((program) => ({
        object: "cache.substituters",
        message: `the live system has no ${program}, which ${storeName(store)} needs`,
        hint: `Install the package that has ${program} (openssh-client, openssh), or start another live system.`,
      })),
  );
}
