import type { Progress } from "../../system/run.ts";
import { inRoot, makeRoot, nixVersion, type Suite } from "../roots.ts";
import { cachePath } from "../server.ts";
import type { Contender } from "./contender.ts";

/** Where the target is seen in the root tree of the contender. */
const targetInside = "/mnt/target";

/** `nix copy` by the Nix of a Debian suite, which sees nothing of the host but the target. */
export async function nixContender(suite: Suite, progress: Progress): Promise<Contender> {
  const root = await makeRoot(suite, progress);
  return {
    name: `nix-${suite}`,
    label: `nix copy, Nix ${await nixVersion(root)} (${suite})`,
    registers: true,
    prepare: async () => {},
    command: async ({ closure, compression, cache, server, target }) => {
      const options = {
        "experimental-features": "nix-command",
        "trusted-public-keys": cache.publicKey,
        "require-sigs": "true",
        "build-users-group": "",
      };
      const argv = [
        "nix",
        ...Object.entries(options).flatMap(([option, value]) => ["--option", option, value]),
        "copy",
        "--from",
        `${server}${cachePath(compression)}`,
        "--to",
        `local?root=${targetInside}`,
        closure.toplevel,
      ];
      return inRoot(root, [{ from: target, to: targetInside }], argv);
    },
  };
}
