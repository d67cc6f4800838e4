import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../errors.ts";
import { linkTarget } from "./root-path.ts";

/** Where Nix keeps the profiles of the whole system. */
export const profiles = "/nix/var/nix/profiles";

/** The link of a generation of the system profile, which leads to its store path. */
export function linkName(generation: number): string {
  return `system-${generation}-link`;
}

/** The highest number among the names `system-N-link`. */
export function newestGeneration(names: readonly string[]): number | undefined {
  const numbers = names.flatMap((name) => {
    const digits = /^system-([0-9]+)-link$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** A generation of the system profile. */
export interface SystemGeneration {
  readonly number: number;
  /** Store path of the system; `undefined` where the link leads nowhere. */
  readonly toplevel: string | undefined;
}

/**
 * The generation of the system profile that was made last; `undefined` where there is none.
 *
 * @param directory {@link profiles} of the target, on the live system.
 */
export async function readNewestGeneration(
  directory: string,
): Promise<SystemGeneration | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw error;
  });
  const number = newestGeneration(names);
  if (number === undefined) return undefined;
  return { number, toplevel: await linkTarget(join(directory, linkName(number))) };
}
