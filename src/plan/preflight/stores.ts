import { isNixStore, storeName, storePrograms } from "../../cache/nix-store/store-address.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { howToGet } from "../packages.ts";
import type { MachineInputs } from "./inputs.ts";

/** Whether the live system has the programs with which Nix reaches the manifest's stores. Pure. */
export function judgeStores({
  manifest,
  facts,
}: Pick<MachineInputs, "manifest" | "facts">): Finding[] {
  return manifest.cache.substituters.filter(isNixStore).flatMap((store) =>
    storePrograms(store)
      .filter((program) => facts.tools[program] === undefined)
      .map((program) =>
        makeFinding(
          "preflight/program-missing",
          "cache.substituters",
          `the live system has no ${program}, which ${storeName(store)} needs`,
          howToGet(program, facts.liveSystem),
        ),
      ),
  );
}
