import type { Progress } from "../../system/run.ts";
import { suites } from "../roots.ts";
import type { Contender } from "./contender.ts";
import { archiveContender, copyContender } from "./floors.ts";
import { installerContender } from "./installer.ts";
import { nixContender } from "./nix.ts";
import { oneByOneContender } from "./one-by-one.ts";

/** What may be named on the command line. */
export const contenderNames = [
  "installer",
  "installer:BINARY",
  ...suites.map((suite) => `nix-${suite}`),
  "archive",
  "cp",
  "one-by-one",
] as const;

/**
 * A contender by its name.
 *
 * @throws Error if there is none of that name.
 */
export async function contenderNamed(name: string, progress: Progress): Promise<Contender> {
  if (name === "installer") return installerContender(name);
  if (name.startsWith("installer:"))
    return installerContender(name, name.slice("installer:".length));
  if (name === "archive") return archiveContender;
  if (name === "cp") return copyContender;
  if (name === "one-by-one") return oneByOneContender;
  const suite = suites.find((candidate) => `nix-${candidate}` === name);
  if (suite !== undefined) return nixContender(suite, progress);
  throw new Error(`no contender is named ${name}: there are ${contenderNames.join(", ")}`);
}
