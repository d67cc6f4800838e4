import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import type { MachineInputs } from "./inputs.ts";

/** Tells whoever turns signatures off what that means, at every run. Pure. */
export function judgeSignatures({ manifest }: Pick<MachineInputs, "manifest">): Finding[] {
  if (manifest.cache["require-sigs"]) return [];
  return [
    makeFinding(
      "preflight/signatures-not-checked",
      "cache.require-sigs",
      "NO SIGNATURE IS CHECKED. Whoever controls a cache or the network decides what is installed",
      "Name the caches' keys in trusted-public-keys, and leave out require-sigs.",
    ),
  ];
}
