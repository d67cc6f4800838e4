import { defaultHttpSettings, type HttpSettings } from "./retry.ts";

/** Those of this process, which its manifest has changed. */
let settings: HttpSettings = defaultHttpSettings;

/** How this process asks servers: what its manifest says, else {@link defaultHttpSettings}. */
export function httpSettings(): HttpSettings {
  return settings;
}

/** Has all that this process asks from now on be asked so. */
export function useHttpSettings(changed: HttpSettings): void {
  settings = changed;
}
