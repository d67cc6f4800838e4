/** What a binary cache says of itself in `nix-cache-info`. */
export interface CacheInfo {
  /** The store directory of the paths it holds. `undefined` if it does not say. */
  readonly storeDirectory: string | undefined;
  /** Whether it is made to be asked for many paths at once. */
  readonly wantMassQuery: boolean;
  /** The lower, the sooner it is asked. 0 if it does not say, as in Nix. */
  readonly priority: number;
}

/**
 * Reads a `nix-cache-info` as Nix does (`src/libstore/binary-cache-store.cc`): lines that are no field, fields that are
 * unknown and a priority that is no number are passed over; of doubled fields the last counts.
 */
export function parseNixCacheInfo(text: string): CacheInfo {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon >= 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const priority = /^-?\d{1,9}$/.exec(fields.get("Priority") ?? "");
  return {
    storeDirectory: fields.get("StoreDir"),
    wantMassQuery: fields.get("WantMassQuery") === "1",
    priority: priority === null ? 0 : Number(priority[0]),
  };
}
